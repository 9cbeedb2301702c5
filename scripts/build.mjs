// Compiles every package with `tsc -b`. Tests run from `dist`, the very files that ship, so a
// compiled file whose source is gone must go too: a deleted test would otherwise still "pass".
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

for (const folder of ['packages/core', 'packages/server', 'bench', 'test']) {
  const dist = join(folder, 'dist')
  if (!existsSync(dist)) continue
  for (const file of readdirSync(dist, { recursive: true })) {
    const source = /^(.*)\.(?:d\.ts|js)(?:\.map)?$/.exec(file)?.[1]
    if (source !== undefined && !existsSync(join(folder, 'src', `${source}.ts`))) {
      rmSync(join(dist, file))
    }
  }
}
const compiler = join('node_modules', '.bin', 'tsc')
process.exit(
  spawnSync(compiler, ['-b'], { stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1,
)
