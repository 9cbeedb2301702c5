import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { SELF_ACTIONS, type SelfAction, vendorAction } from './actions.js'
import { BUILT_IN_ROLES, PERMISSIONS, permissionOfScope, SCOPES } from './permissions.js'

const page = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url)), 'utf8')

/** Rows of tables whose first cell is code with a dot in it. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => /^\| `[\w]+\.[\w.]+` \|/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

it('docs/permissions.md shows every permission as it is', () => {
  const rows = Object.entries(PERMISSIONS).map(([name, definition]) => {
    const { sentence, roles, scope }: { sentence: string; roles: readonly string[]; scope?: string } =
      definition
    return [
      `\`${name}\``,
      sentence,
      ...BUILT_IN_ROLES.map((role) => (roles.includes(role) ? 'yes' : '')),
      scope === undefined ? '' : `\`${scope}\``,
    ]
  })
  expect(rowsOf(page('permissions.md'))).toEqual(rows)
})

it('docs/access.md shows every action of our own as it is', () => {
  const rows = Object.entries(SELF_ACTIONS).map(([name, { category, sentence }]) => [
    `\`${name}\``,
    category,
    sentence,
  ])
  expect(rowsOf(page('access.md'))).toEqual(rows)
})

it('docs/security-controls.md names tests that there are', () => {
  const text = page('security-controls.md').replaceAll('`A/', '`packages/server/src/dialects/access/')
  const named = [...text.matchAll(/`((?:packages|test)\/[^`]+\.ts)`/g)].map(([, path]) => path as string)
  expect(named.length).toBeGreaterThan(40)
  const root = new URL('../../../../', import.meta.url)
  expect(named.filter((path) => !existsSync(fileURLToPath(new URL(path, root))))).toEqual([])
})

it('every scope stands for a permission', () => {
  for (const scope of SCOPES) expect(permissionOfScope(scope)).toBeDefined()
})

it('our actions have the names that vendors give them', () => {
  const named = (action: SelfAction) => [vendorAction(action, 'arcwise'), vendorAction(action, 'wherobots')]
  expect(named('api_key.created')).toEqual(['create_token', 'CreateApiKeyCredential'])
  expect(named('person.role_changed')).toEqual(['edit_role', 'UpdateUserRole'])
  expect(named('role.created')).toEqual([undefined, undefined])
})
