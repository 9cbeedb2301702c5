import { CATALOGUE, type Catalogue } from '../api/catalogue.js'
import { type Me, may, useMe } from '../api/me.js'
import { useResource } from '../api/resource.js'
import { Loaded } from '../ui/loaded.js'
import { Sheet } from '../ui/sheet.js'
import { type Tab, Tabs } from '../ui/tabs.js'
import { Tag } from '../ui/tag.js'
import { ActionsPart } from './actions-part.js'
import { FlagsPart } from './flags-part.js'
import { PoliciesPart } from './policies-part.js'
import { UnknownPart } from './unknown-part.js'

/** What the organization's actions are, and what is done with entries that do not agree. */
export function CataloguePage() {
  const me = useMe().data
  const catalogue = useResource<Catalogue>(CATALOGUE)
  return (
    <Sheet
      title="Catalogue"
      intro="What your actions are: in groups, described, and with what their metadata must hold. Without one, everything is recorded."
    >
      <Loaded from={catalogue}>{(answer) => <Tabs label="Catalogue" tabs={tabsFor(me, answer)} />}</Loaded>
    </Sheet>
  )
}

function tabsFor(me: Me | undefined, catalogue: Catalogue): readonly Tab[] {
  const mayManage = may(me, 'catalogue.manage')
  const unknown = catalogue.unknown_action_count ?? 0
  const reviewing: readonly Tab[] = [
    {
      id: 'unknown',
      label: <>Unknown {unknown > 0 && <Tag tone="warning">{unknown}</Tag>}</>,
      content: () => <UnknownPart mayManage={mayManage} />,
    },
    { id: 'flags', label: 'Flagged', content: () => <FlagsPart /> },
  ]
  return [
    {
      id: 'actions',
      label: 'Actions',
      content: () => <ActionsPart catalogue={catalogue} mayManage={mayManage} />,
    },
    ...(may(me, 'catalogue.review') ? reviewing : []),
    { id: 'policies', label: 'Policies', content: () => <PoliciesPart mayManage={mayManage} /> },
  ]
}
