import { useQueryClient } from '@tanstack/react-query'
import { forgetKey } from '../api/credentials.js'
import type { Me, Mode } from '../api/me.js'
import { navigate, withParams } from '../router/location.js'
import { Menu, type MenuGroup } from '../ui/menu.js'

/** Whose log, and which of its two: live or test. */
export function WhereMenu({ me }: { readonly me: Me | undefined }) {
  const queries = useQueryClient()
  if (me === undefined) return <div className="button button-quiet">…</div>
  const go = (changes: Readonly<Record<string, string | undefined>>) => {
    // Another log: nothing of this one's query, page or entry means anything there.
    navigate(withParams({ q: undefined, page: undefined, ...changes }, '/logs'))
  }
  const isTest = me.mode === 'test'
  const groups: readonly MenuGroup[] =
    me.organizations === null
      ? [{ items: [{ label: 'Use another key', icon: 'key', onSelect: () => leaveKey(queries) }] }]
      : [
          {
            title: 'Log',
            items: (['live', 'test'] as const).map((mode: Mode) => ({
              label: mode === 'live' ? 'Live' : 'Test',
              checked: me.mode === mode,
              onSelect: () => go({ mode }),
            })),
          },
          {
            title: 'Organization',
            items: me.organizations.map(({ id, slug, name }) => ({
              label: name || slug,
              checked: id === me.organization.id,
              onSelect: () => go({ org: slug }),
            })),
          },
        ]
  return (
    <Menu
      label={`${me.organization.name || me.organization.slug} ${isTest ? 'Test' : 'Live'}: change organization or log`}
      face={
        <>
          <span className="side-name truncate">{me.organization.name || me.organization.slug}</span>{' '}
          <span className={isTest ? 'side-mode side-mode-test' : 'side-mode'}>
            {isTest ? 'Test' : 'Live'}
          </span>
        </>
      }
      groups={groups}
    />
  )
}

function leaveKey(queries: ReturnType<typeof useQueryClient>): void {
  forgetKey()
  queries.clear()
  navigate('/sign-in')
}
