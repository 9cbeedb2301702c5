import type { ReactNode } from 'react'
import type { SupportAccess } from '../api/administration.js'
import { ConfirmButton } from '../ui/confirm.js'
import { Moment } from '../ui/moment.js'
import { type Column, Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'

interface SupportTableProps {
  readonly accesses: readonly SupportAccess[]
  /** Whom each is about, for whoever looks: the operator, or the organization. */
  readonly party: Column<SupportAccess>
  /** Names an access in the question whether to end it. */
  readonly aboutOf: (access: SupportAccess) => string
  /** What ending one means. */
  readonly consequence: ReactNode
  /** Left out for those who may not end any. */
  readonly onEnd?: (access: SupportAccess) => Promise<void>
}

/** Accesses for support, as the organization or the operator sees them. */
export function SupportTable({ accesses, party, aboutOf, consequence, onEnd }: SupportTableProps) {
  if (accesses.length === 0) return <p className="soft">There were none.</p>
  return (
    <Table
      caption="Accesses for support"
      rows={accesses}
      keyOf={({ id }) => id}
      columns={[
        party,
        { name: 'Why', cell: ({ reason }) => reason },
        { name: 'Since', cell: ({ created_at }) => <Moment time={created_at} /> },
        {
          name: 'Until',
          cell: ({ active, ended_at, expires_at }) => (
            <span className="tags">
              {active && <Tag tone="warning">now</Tag>} <Moment time={ended_at ?? expires_at} />
            </span>
          ),
        },
        {
          name: 'Actions',
          spoken: true,
          cell: (access) =>
            access.active &&
            onEnd !== undefined && (
              <div className="row-actions">
                <ConfirmButton
                  label="End"
                  about={aboutOf(access)}
                  question={`End ${aboutOf(access)}?`}
                  onConfirm={() => onEnd(access)}
                >
                  {consequence}
                </ConfirmButton>
              </div>
            ),
        },
      ]}
    />
  )
}
