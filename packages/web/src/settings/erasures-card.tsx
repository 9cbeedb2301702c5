import type { Listed } from '../api/administration.js'
import { useResource } from '../api/resource.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Card } from '../ui/sheet.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'

interface Erasure {
  readonly id: string
  readonly status: 'pending' | 'failed' | 'carried_out'
  readonly sections: readonly string[]
  readonly entries: number
  readonly reason: string
  readonly requested_by: string | null
  readonly requested_at: string
  /** Why it could not be carried out when that was tried last. */
  readonly failure: string | null
}

/** Those that are shown; the API has all. */
const SHOWN = 50

/** What was erased and what waits to be; what fails first, with the reason. */
export function ErasuresCard() {
  const erasures = useResource<Listed<Erasure>>('/v1/erasures', true, ({ data }) =>
    data.some(({ status }) => status === 'pending'),
  )
  return (
    <Card
      title="Erasures"
      intro="Sections of entries that were erased for good, by somebody or by a retention policy. Their hashes stay."
    >
      <Loaded from={erasures}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">Nothing was erased.</p>
          ) : (
            <Table
              caption="Erasures"
              rows={[...data.filter(isFailed), ...data.filter((one) => !isFailed(one))].slice(0, SHOWN)}
              keyOf={({ id }) => id}
              columns={[
                {
                  name: 'What',
                  cell: ({ entries, sections }) => (
                    <span className="lines">
                      {entries.toLocaleString()} entries
                      <small>{sections.join(' ')}</small>
                    </span>
                  ),
                },
                { name: 'Why', cell: ({ reason }) => reason },
                {
                  name: 'Asked for',
                  cell: ({ requested_by, requested_at }) => (
                    <span className="lines">
                      <Moment time={requested_at} />
                      <small>{requested_by}</small>
                    </span>
                  ),
                },
                { name: 'State', cell: StateCell },
              ]}
            />
          )
        }
      </Loaded>
    </Card>
  )
}

function isFailed({ status }: Erasure): boolean {
  return status === 'failed'
}

function StateCell({ status, failure }: Erasure) {
  if (status === 'carried_out') return <Tag tone="good">carried out</Tag>
  if (status === 'pending') return <Tag>under way</Tag>
  return (
    <span className="lines">
      <span>
        <Tag tone="danger">failing</Tag>
      </span>
      <small>{failure} It is tried again every minute.</small>
    </span>
  )
}
