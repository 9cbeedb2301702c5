import { useQueryClient } from '@tanstack/react-query'
import { call } from '../api/client.js'
import { forgetKey, pastedKey } from '../api/credentials.js'
import type { Me } from '../api/me.js'
import { linkTo, navigate } from '../router/location.js'
import { chooseTheme, THEMES, useTheme } from '../theme/theme.js'
import { Menu } from '../ui/menu.js'
import { toast } from '../ui/toast.js'

const THEME_NAMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const

/** Who is signed in, how the page looks, and the way out. */
export function PersonMenu({ me, onHelp }: { readonly me: Me | undefined; readonly onHelp: () => void }) {
  const theme = useTheme()
  const queries = useQueryClient()
  const signOut = async () => {
    if (pastedKey() === undefined) {
      const ended = await call('DELETE', '/v1/sessions/current').then(
        () => true,
        () => false,
      )
      if (!ended) return toast('Signing out failed: the server could not be reached')
    }
    forgetKey()
    queries.clear()
    navigate('/sign-in')
  }
  const name = me?.person?.name || me?.person?.email || 'API key'
  return (
    <Menu
      label={`${name}: profile, theme and signing out`}
      look="quiet"
      icon={me?.person === null ? 'key' : 'person'}
      face={<span className="side-name truncate">{name}</span>}
      groups={[
        { items: [{ label: 'My profile', icon: 'person', onSelect: () => navigate(linkTo('/profile')) }] },
        {
          title: 'Theme',
          items: THEMES.map((one) => ({
            label: THEME_NAMES[one],
            checked: one === theme,
            onSelect: () => chooseTheme(one),
          })),
        },
        { items: [{ label: 'Keyboard shortcuts', icon: 'help', onSelect: onHelp }] },
        { items: [{ label: 'Sign out', icon: 'signOut', onSelect: () => void signOut() }] },
      ]}
    />
  )
}
