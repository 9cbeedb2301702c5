// Compiles every package with `tsc -b`, then builds the page with Vite. Tests run from `dist`, the very files that ship,
// so a compiled file whose source is gone must go too: a deleted test would otherwise still "pass".
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

for (const folder of [
  'packages/core',
  'packages/verify',
  'packages/server',
  'packages/viewer',
  'packages/web',
  'bench',
  'test',
]) {
  const dist = join(folder, 'dist')
  if (!existsSync(dist)) continue
  for (const file of readdirSync(dist, { recursive: true })) {
    const source = /^(.*)\.(?:d\.ts|js)(?:\.map)?$/.exec(file)?.[1]
    if (source === undefined) continue
    const path = join(folder, 'src', source)
    if (!existsSync(`${path}.ts`) && !existsSync(`${path}.tsx`)) rmSync(join(dist, file))
  }
}
run('tsc', ['-b'])
if (isStale('packages/core', 'bundle/index.js')) run('vite', ['build', 'packages/core', '--logLevel', 'warn'])
if (isStale('packages/verify', 'dist/page/verify.html'))
  run('vite', ['build', 'packages/verify', '--logLevel', 'warn'])
if (isStale('packages/viewer', 'bundle/counterfoil-viewer.js'))
  run('vite', ['build', 'packages/viewer', '--logLevel', 'warn'])
if (isStale('packages/web', 'site/index.html')) run('vite', ['build', 'packages/web', '--logLevel', 'warn'])

function run(program, args) {
  const { status } = spawnSync(join('node_modules', '.bin', program), args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** Whether anything that a bundle is made of is newer than it: bundling costs more than compiling all the rest. */
function isStale(folder, bundle) {
  const built = newest(join(folder, bundle))
  const sources = [
    'src',
    'public',
    'index.html',
    'page.html',
    'page.css',
    'package.json',
    'vite.config.js',
  ].map((name) => join(folder, name))
  return [...sources, 'packages/core/src', 'package-lock.json'].some((path) => newest(path) > built)
}

/** When the newest file in `path` was written, in milliseconds; 0 when there is none. */
function newest(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}
