import { type Me, may, useMe } from '../api/me.js'
import { Loaded } from '../ui/loaded.js'
import { Sheet } from '../ui/sheet.js'
import { type Tab, Tabs } from '../ui/tabs.js'
import { InvitationsPart } from './invitations-part.js'
import { PeoplePart } from './people-part.js'
import { RolesPart } from './roles-part.js'
import { SignedInPart } from './signed-in-part.js'

/** Who belongs to the organization, and what they may do. */
export function PeoplePage() {
  return (
    <Sheet
      title="People and roles"
      intro="Who belongs to the organization, and what they may do. Every change is recorded in the log."
    >
      <Loaded from={useMe()}>{(me) => <Tabs label="People and roles" tabs={tabsFor(me)} />}</Loaded>
    </Sheet>
  )
}

function tabsFor(me: Me): readonly Tab[] {
  const mayRead = may(me, 'people.read')
  return [
    ...(mayRead || !may(me, 'roles.read')
      ? [{ id: 'people', label: 'People', content: () => <PeoplePart me={me} /> }]
      : []),
    ...(mayRead
      ? [{ id: 'invitations', label: 'Invitations', content: () => <InvitationsPart me={me} /> }]
      : []),
    ...(may(me, 'roles.read') ? [{ id: 'roles', label: 'Roles', content: () => <RolesPart me={me} /> }] : []),
    ...(may(me, 'people.manage')
      ? [{ id: 'sessions', label: 'Signed in', content: () => <SignedInPart /> }]
      : []),
  ]
}
