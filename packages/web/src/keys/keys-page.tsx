import { useState } from 'react'
import type { ApiKey, Listed, NewKey } from '../api/administration.js'
import { type Me, may, useMe } from '../api/me.js'
import { useChange, useResource } from '../api/resource.js'
import { Button } from '../ui/button.js'
import { CheckField } from '../ui/check.js'
import { ConfirmButton } from '../ui/confirm.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Notice } from '../ui/notice.js'
import { Sheet } from '../ui/sheet.js'
import { type Column, Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'
import { MadeKeyDialog } from './made-key-dialog.js'
import { KEYS, NewKeyDialog } from './new-key-dialog.js'

const KINDS = { api_key: 'API key', key_pair: 'Key pair', personal_token: 'Personal token' } as const

/** What programs come in with. */
export function KeysPage() {
  const me = useMe().data
  const keys = useResource<Listed<ApiKey>>(KEYS)
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<NewKey>()
  const [withEnded, setWithEnded] = useState(false)
  const newButton = may(me, 'api_keys.manage') && (
    <Button look="primary" icon="plus" onClick={() => setMaking(true)}>
      New key
    </Button>
  )
  return (
    <Sheet
      title="API keys"
      intro="What programs record and read with. A key belongs to this organization and one of its two logs."
      actions={newButton}
    >
      <Loaded from={keys}>
        {({ data }) => {
          const shown = data.filter(({ status }) => withEnded || status === 'active')
          const ended = data.filter(({ status }) => status !== 'active').length
          return (
            <div className="form">
              {ended > 0 && (
                <CheckField
                  label={`Show revoked and expired keys (${ended})`}
                  checked={withEnded}
                  onChange={(event) => setWithEnded(event.target.checked)}
                />
              )}
              {shown.length === 0 ? (
                <Notice icon="key" title="There is no key yet" actions={newButton}>
                  A program needs one to record entries, with the scope audit:write.
                </Notice>
              ) : (
                <Table caption="API keys" rows={shown} keyOf={({ id }) => id} columns={columnsFor(me)} />
              )}
            </div>
          )
        }}
      </Loaded>
      {isMaking && <NewKeyDialog me={me} onClose={() => setMaking(false)} onMade={setMade} />}
      {made !== undefined && <MadeKeyDialog made={made} onClose={() => setMade(undefined)} />}
    </Sheet>
  )
}

function columnsFor(me: Me | undefined): readonly Column<ApiKey>[] {
  return [
    {
      name: 'Name',
      cell: ({ name, id, created_by }) => (
        <span className="lines">
          <strong>{name || <span className="soft">without a name</span>}</strong>
          <small className="mono">{id}</small>
          {created_by !== null && <small>by {created_by}</small>}
        </span>
      ),
    },
    {
      name: 'Kind',
      cell: ({ kind, mode }) => (
        <span className="tags">
          {KINDS[kind]} <Tag tone={mode === 'test' ? 'warning' : 'plain'}>{mode}</Tag>
        </span>
      ),
    },
    {
      name: 'Scopes',
      cell: ({ scopes, allowed_addresses }) => (
        <span className="lines">
          <span className="tags">
            {scopes.map((scope) => (
              <Tag key={scope}>{scope}</Tag>
            ))}
          </span>
          {allowed_addresses !== null && <small>only from {allowed_addresses.join(', ')}</small>}
        </span>
      ),
    },
    { name: 'Last used', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
    {
      name: 'Ends',
      cell: ({ status, expires_at, revoked_at }) =>
        status === 'revoked' ? (
          <span className="tags">
            <Tag tone="danger">revoked</Tag> <Moment time={revoked_at} />
          </span>
        ) : status === 'expired' ? (
          <span className="tags">
            <Tag tone="warning">expired</Tag> <Moment time={expires_at} />
          </span>
        ) : (
          <Moment time={expires_at} />
        ),
    },
    ...(may(me, 'api_keys.manage')
      ? [
          {
            name: 'Actions',
            spoken: true,
            cell: (key: ApiKey) => key.status === 'active' && <RevokeButton apiKey={key} />,
          },
        ]
      : []),
  ]
}

function RevokeButton({ apiKey: { id, name } }: { readonly apiKey: ApiKey }) {
  const change = useChange(KEYS)
  return (
    <div className="row-actions">
      <ConfirmButton
        label="Revoke"
        about={name || id}
        question={`Revoke ${name || id}?`}
        onConfirm={async () => {
          await change('DELETE', `${KEYS}/${id}`)
          toast(`${name || id} is revoked`)
        }}
      >
        What uses it stops working with its next request. Viewer tokens that were made with it end, too. It
        cannot be brought back.
      </ConfirmButton>
    </div>
  )
}
