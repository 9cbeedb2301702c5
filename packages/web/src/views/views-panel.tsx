import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiError, call } from '../api/client.js'
import { type Me, may, useAudience } from '../api/me.js'
import { currentLocation, LASTING_PARAMS, linkTo, navigate } from '../router/location.js'
import { Button, IconButton } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import { Loading } from '../ui/loading.js'
import { ErrorNotice } from '../ui/notice.js'
import { toast } from '../ui/toast.js'
import './views-panel.css'

const PATH = '/v1/saved_views'

/** `saved_view`. */
interface SavedView {
  readonly id: string
  readonly name: string
  readonly query: string
  readonly shared: boolean
  readonly own: boolean
}

export function ViewsPanel({ me, onChosen }: { readonly me: Me; readonly onChosen: () => void }) {
  const queries = useQueryClient()
  const key = ['saved-views', useAudience()]
  const views = useQuery<{ readonly data: readonly SavedView[] }>({
    queryKey: key,
    queryFn: ({ signal }) => call('GET', PATH, { signal }),
  })
  const renew = () => queries.invalidateQueries({ queryKey: key })
  const remove = async ({ id, name }: SavedView) => {
    try {
      await call('DELETE', `${PATH}/${id}`)
      toast(`“${name}” deleted`)
    } catch (error) {
      toast(error instanceof ApiError ? error.message : String(error))
    }
    await renew()
  }
  const all = views.data?.data ?? []
  return (
    <div className="views">
      {views.isPending && <Loading />}
      {views.error !== null && <ErrorNotice error={views.error} onRetry={() => void views.refetch()} />}
      {views.data !== undefined && all.length === 0 && (
        <p className="views-none soft">
          Nothing is kept yet. Search, choose times and columns, then keep the view.
        </p>
      )}
      <ul aria-label="Saved views">
        {all.map((view) => (
          <li key={view.id} className="views-line">
            <button
              type="button"
              className="menu-item"
              onClick={() => {
                onChosen()
                navigate(linkTo('/logs', Object.fromEntries(new URLSearchParams(view.query))))
              }}
            >
              <span className="truncate">{view.name}</span>
              {view.shared && <span className="views-shared">shared</span>}
            </button>
            {(view.own || may(me, 'organization.update')) && (
              <IconButton
                icon="trash"
                small
                label={`Delete ${view.name}`}
                onClick={() => void remove(view)}
              />
            )}
          </li>
        ))}
      </ul>
      <KeepForm onKept={renew} />
    </div>
  )
}

function KeepForm({ onKept }: { readonly onKept: () => Promise<unknown> }) {
  const [problem, setProblem] = useState<string>()
  const keep = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const given = new FormData(form)
    const name = String(given.get('name')).trim()
    try {
      const body = { name, query: keptQuery(), shared: given.get('shared') !== null }
      await call('POST', PATH, { body })
      setProblem(undefined)
      form.reset()
      toast(`“${name}” kept`)
      await onKept()
    } catch (error) {
      setProblem(error instanceof ApiError ? (error.hint ?? error.message) : String(error))
    }
  }
  return (
    <form className="views-keep" onSubmit={(event) => void keep(event)}>
      <TextField label="Keep what you see as" name="name" required maxLength={200} error={problem} />
      <div className="views-foot">
        <label className="views-check">
          <input type="checkbox" name="shared" />
          Share with everybody here
        </label>
        <Button look="primary" small type="submit">
          Keep
        </Button>
      </div>
    </form>
  )
}

/** The address's query without what is about the reader, and without the page: a view is looked at from its beginning. */
function keptQuery(): string {
  const query = new URLSearchParams(currentLocation().params)
  for (const name of [...LASTING_PARAMS, 'page', 'at', 'live']) query.delete(name)
  return query.toString()
}
