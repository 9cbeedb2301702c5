import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { NewKey } from '../api/administration.js'
import type { ApiError } from '../api/client.js'
import { type Entry, type EntryList, listEntries } from '../api/entries.js'
import { may, useAudience, useMe } from '../api/me.js'
import { useChange } from '../api/resource.js'
import { recordLine } from '../keys/made-key-dialog.js'
import { KEYS } from '../keys/new-key-dialog.js'
import { RECORDED_BY_SERVICES } from '../logs/unused-log.js'
import { Link } from '../router/link.js'
import { linkTo } from '../router/location.js'
import { Form } from '../ui/form.js'
import { Moment } from '../ui/moment.js'
import { Banner } from '../ui/notice.js'
import { CodeBlock } from '../ui/secret.js'
import { Card, Sheet } from '../ui/sheet.js'
import './first-run.css'

const ASK_EVERY_MS = 2_000

/** From nothing to the first entry: a key, one request, and the entry appears by itself. */
export function FirstRunPage() {
  const me = useMe().data
  const [made, setMade] = useState<NewKey>()
  const change = useChange(KEYS)
  const make = async () => {
    const body = { name: 'First steps', mode: me?.mode ?? 'live', scopes: ['audit:write'] }
    setMade(await change<NewKey>('POST', KEYS, body))
  }
  const mayMake = may(me, 'api_keys.manage') && may(me, 'entries.record')
  return (
    <Sheet
      title="Record your first entry"
      intro="Your services send an entry whenever somebody does something. It takes one request."
    >
      <Card title="1. A key" intro="It says which organization and which log entries go to.">
        {made !== undefined ? (
          <Banner tone="good">
            The key “{made.name}” is made, for the {made.mode} log. It is in the command below, and is not
            shown again.
          </Banner>
        ) : mayMake ? (
          <Form submit="Make a key that records" onSubmit={make}>
            <p className="soft">Or use one that you have, with the scope audit:write.</p>
          </Form>
        ) : (
          <p>Ask an owner or admin of your organization for a key with the scope audit:write.</p>
        )}
      </Card>
      <Card
        title="2. One request"
        intro="Run it in a terminal. Only action is needed; everything else makes the entry more useful."
      >
        <CodeBlock label="Record an entry" code={recordLine(made?.token ?? '$COUNTERFOIL_KEY')} />
      </Card>
      <Card title="3. It appears here">
        <FirstEntry />
      </Card>
    </Sheet>
  )
}

function FirstEntry() {
  const audience = useAudience()
  const entries = useQuery<EntryList, ApiError>({
    queryKey: ['first-entry', audience],
    queryFn: ({ signal }) => listEntries({ query: RECORDED_BY_SERVICES, limit: 1 }, signal),
    // Once it is there, nobody waits any more.
    refetchInterval: ({ state }) => (state.data?.data.length === 1 ? false : ASK_EVERY_MS),
  })
  const entry = entries.data?.data[0]
  return (
    <div role="status">
      {entry !== undefined ? (
        <Arrived entry={entry} />
      ) : entries.error !== null ? (
        <p>{entries.error.hint ?? entries.error.message}</p>
      ) : (
        <p className="first-run-waiting">
          <span className="loading-ring" aria-hidden="true" />
          Waiting for the first entry. It appears here by itself.
        </p>
      )}
    </div>
  )
}

function Arrived({ entry }: { readonly entry: Entry }) {
  const { actor, action, created_at: time, seq } = entry
  return (
    <div className="form">
      <Banner tone="good">
        <strong>{actor?.name ?? actor?.label ?? actor?.id ?? 'Somebody'}</strong> did <code>{action}</code> (
        <Moment time={time} />, number {seq} of the log). It cannot be changed any more.
      </Banner>
      <div className="form-foot">
        <Link to={linkTo('/logs')} className="button button-primary">
          To the log
        </Link>
        <Link to={linkTo('/reference')}>Everything that an entry can say</Link>
      </div>
    </div>
  )
}
