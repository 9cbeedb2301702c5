import type { Organization } from '../api/administration.js'
import { may, useMe } from '../api/me.js'
import { useResource } from '../api/resource.js'
import { Loaded } from '../ui/loaded.js'
import { Sheet } from '../ui/sheet.js'
import { ErasuresCard } from './erasures-card.js'
import { OrganizationCard } from './organization-card.js'
import { PoliciesCard } from './policies-card.js'
import { RetentionCard } from './retention-card.js'
import { SsoCard } from './sso-card.js'
import { SupportCard } from './support-card.js'

export const ORGANIZATION = '/v1/organization'

export function SettingsPage() {
  const me = useMe().data
  const organization = useResource<Organization>(ORGANIZATION)
  return (
    <Sheet
      title="Settings"
      intro="What holds for everybody in the organization. Every change is recorded in the log."
    >
      <Loaded from={organization}>
        {(answer) => (
          <>
            <OrganizationCard organization={answer} mayChange={may(me, 'organization.update')} />
            <PoliciesCard organization={answer} mayChange={may(me, 'organization.update')} />
          </>
        )}
      </Loaded>
      {may(me, 'retention.read') && <RetentionCard mayManage={may(me, 'retention.manage')} />}
      {may(me, 'entries.erase') && <ErasuresCard />}
      {may(me, 'sso.manage') && me !== undefined && <SsoCard slug={me.organization.slug} />}
      {may(me, 'support_accesses.read') && <SupportCard mayEnd={may(me, 'support_accesses.end')} />}
    </Sheet>
  )
}
