import { useState } from 'react'
import type { ListPage } from '../api/administration.js'
import { may, useMe } from '../api/me.js'
import { useChange, useResource } from '../api/resource.js'
import { Link } from '../router/link.js'
import { useLocation, withParams } from '../router/location.js'
import { Button } from '../ui/button.js'
import { CheckField } from '../ui/check.js'
import { TextField } from '../ui/field.js'
import { FormDialog, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Sheet } from '../ui/sheet.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'

const PATH = '/v1/platform/logs'

interface PlatformLog {
  /** Organization and mode, as in acme.live. */
  readonly id: string
  readonly organization: { readonly name: string }
  readonly origin: string
  readonly entries: number
  readonly signed_entries: number | null
  readonly signed_at: string | null
  readonly frozen: string | null
  readonly vkeys: readonly string[]
  readonly rotation_pending: boolean
  readonly epoch_request: {
    readonly status: 'pending' | 'begun' | 'refused'
    readonly refusal: string | null
  } | null
  readonly failed_erasures: number
}

/** For operators of the platform: what is signed of each log, which are frozen, and the ways out; never what is in them. */
export function AllLogsPage() {
  const mayManage = may(useMe().data, 'platform.logs.manage')
  const cursor = useLocation().params.get('cursor')
  const path = cursor === null ? PATH : `${PATH}?cursor=${encodeURIComponent(cursor)}`
  const logs = useResource<ListPage<PlatformLog>>(path, true, ({ data }) => data.some(isPending))
  const [asked, setAsked] = useState<{ readonly log: PlatformLog; readonly what: 'key' | 'epoch' }>()
  return (
    <Sheet
      title="All logs"
      intro="What is signed of each log of this installation. You see that they are whole, and nothing that is in them."
    >
      <Loaded from={logs}>
        {({ data, next_cursor: next }) => (
          <>
            <Table<PlatformLog>
              caption="Logs"
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                { name: 'Log', cell: NameCell },
                { name: 'State', cell: StateCell },
                { name: 'Signed', cell: SignedCell },
                { name: 'Keys', cell: ({ vkeys }) => <span className="numbers">{vkeys.length}</span> },
                {
                  name: 'Actions',
                  spoken: true,
                  cell: (log) =>
                    mayManage && (
                      <div className="row-actions">
                        <Button
                          look="quiet"
                          small
                          disabled={log.rotation_pending}
                          aria-label={`New key for ${log.id}`}
                          onClick={() => setAsked({ log, what: 'key' })}
                        >
                          New key
                        </Button>
                        <Button
                          look="quiet"
                          small
                          aria-label={`Begin anew ${log.id}`}
                          onClick={() => setAsked({ log, what: 'epoch' })}
                        >
                          Begin anew
                        </Button>
                      </div>
                    ),
                },
              ]}
            />
            <Pages cursor={cursor} next={next} />
          </>
        )}
      </Loaded>
      {asked?.what === 'key' && (
        <KeyDialog log={asked.log} shown={path} onClose={() => setAsked(undefined)} />
      )}
      {asked?.what === 'epoch' && (
        <EpochDialog log={asked.log} shown={path} onClose={() => setAsked(undefined)} />
      )}
    </Sheet>
  )
}

/** The way on and back to the first ones, where one page does not hold all logs. */
function Pages({ cursor, next }: { readonly cursor: string | null; readonly next: string | null }) {
  if (cursor === null && next === null) return null
  return (
    <nav className="row-actions" aria-label="Pages of the list">
      {cursor !== null && <Link to={withParams({ cursor: undefined })}>First logs</Link>}
      {next !== null && <Link to={withParams({ cursor: next })}>Next logs</Link>}
    </nav>
  )
}

function isPending({ rotation_pending, epoch_request }: PlatformLog): boolean {
  return rotation_pending || epoch_request?.status === 'pending'
}

function NameCell({ id, organization, origin }: PlatformLog) {
  return (
    <span className="lines">
      <strong>
        {organization.name} <span className="mono">{id}</span>
      </strong>
      <small className="mono">{origin}</small>
    </span>
  )
}

function StateCell({
  frozen,
  entries,
  rotation_pending,
  epoch_request,
  failed_erasures: failed,
}: PlatformLog) {
  return (
    <span className="lines">
      <span>
        {frozen === null ? <Tag tone="good">sound</Tag> : <Tag tone="danger">frozen</Tag>}{' '}
        {rotation_pending && <Tag>gets another key</Tag>}{' '}
        {epoch_request?.status === 'pending' && <Tag>about to begin anew</Tag>}{' '}
        {failed > 0 && <Tag tone="warning">{failed} erasures fail</Tag>}
      </span>
      {frozen !== null && (
        <small>
          {frozen} It has {entries.toLocaleString()} entries.
        </small>
      )}
      {epoch_request?.status === 'refused' && <small>Not begun anew: {epoch_request.refusal}</small>}
    </span>
  )
}

function SignedCell({ signed_entries: signed, signed_at }: PlatformLog) {
  return (
    <span className="lines">
      <span className="numbers">{signed === null ? 'unknown' : signed.toLocaleString()}</span>
      <small>
        <Moment time={signed_at} />
      </small>
    </span>
  )
}

interface DialogProps {
  readonly log: PlatformLog
  /** What the list was asked for by. */
  readonly shown: string
  readonly onClose: () => void
}

function KeyDialog({ log: { id }, shown, onClose }: DialogProps) {
  const change = useChange(shown)
  const rotate = async (fields: FormData) => {
    await change('POST', `${PATH}/${id}/key_rotations`, { overlap_days: Number(textOf(fields, 'days')) })
    toast(`${id} gets another key`)
  }
  return (
    <FormDialog title={`New key for ${id}`} submit="Give it a new key" onSubmit={rotate} onClose={onClose}>
      <p>
        The entry log.key, which names the new key, is recorded first. What was signed before verifies with
        the old key for ever. Give the new one to whoever verifies the log before the old one stops to sign.
      </p>
      <TextField
        label="Days for which both sign"
        name="days"
        type="number"
        min={0}
        max={365}
        defaultValue={30}
        required
      />
    </FormDialog>
  )
}

function EpochDialog({ log: { id, frozen }, shown, onClose }: DialogProps) {
  const change = useChange(shown)
  const begin = async (fields: FormData) => {
    await change('POST', `${PATH}/${id}/epochs`, {
      reason: textOf(fields, 'reason'),
      key_compromised: fields.get('compromised') !== null,
    })
    toast(`${id} is read as a whole first`)
  }
  return (
    <FormDialog title={`Begin ${id} anew?`} submit="Begin anew" danger onSubmit={begin} onClose={onClose}>
      <p>
        Put back what was lost wherever you can: that is better. Else every entry that is left is signed under
        another name, and whoever verifies the log needs its new key and is told why there is one.
      </p>
      <TextField
        label="Why"
        name="reason"
        minLength={10}
        maxLength={1_000}
        required
        hint="It stands in the log for ever."
      />
      {frozen === null && (
        <CheckField
          label="Its signing key is in other hands"
          name="compromised"
          hint="The log is sound; there is no other reason to begin it anew."
        />
      )}
    </FormDialog>
  )
}
