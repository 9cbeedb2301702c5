import { type Me, may, useMe } from '../api/me.js'
import { Loaded } from '../ui/loaded.js'
import { Notice } from '../ui/notice.js'
import { Sheet } from '../ui/sheet.js'
import { DisplayCard } from './display-card.js'
import { NameCard } from './name-card.js'
import { PasswordCard } from './password-card.js'
import { SecondFactorCard } from './second-factor-card.js'
import { SessionsCard } from './sessions-card.js'
import { TokensCard } from './tokens-card.js'

export function ProfilePage() {
  return <Loaded from={useMe()}>{(me) => <Profile me={me} />}</Loaded>
}

function Profile({ me }: { readonly me: Me }) {
  if (me.person === null || me.session === null) {
    return (
      <Sheet title="My profile">
        <Notice icon="key" title="You are here with an API key">
          Password, second factor and sessions belong to people. Sign in with your e-mail address to see
          yours.
        </Notice>
        <DisplayCard />
      </Sheet>
    )
  }
  return (
    <Sheet
      title="My profile"
      intro={`You are ${me.person.email}, ${me.role ?? 'without a role'} of ${me.organization.name || me.organization.slug}.`}
    >
      <NameCard name={me.person.name} />
      <PasswordCard me={me} />
      <SecondFactorCard me={me} />
      {may(me, 'personal_tokens.manage') && <TokensCard />}
      <SessionsCard />
      <DisplayCard />
    </Sheet>
  )
}
