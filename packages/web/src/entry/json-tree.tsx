import { useState } from 'react'
import { IconButton } from '../ui/button.js'
import { copy } from '../ui/toast.js'

/** JSON as a tree that folds, with a search over keys and values. */
export function JsonTree({ title, value }: { readonly title: string; readonly value: unknown }) {
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  return (
    <section className="entry-part">
      <div className="entry-part-head">
        <h3>{title}</h3>
        <input
          className="input json-search"
          type="search"
          aria-label={`Search ${title.toLowerCase()}`}
          placeholder="Find a key or value"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <IconButton
          icon="copy"
          small
          label={`Copy ${title.toLowerCase()} as JSON`}
          onClick={() => void copy(JSON.stringify(value, null, 2), title)}
        />
      </div>
      <div className="json-tree">
        <Node name={undefined} value={value} wanted={wanted} depth={0} />
      </div>
    </section>
  )
}

interface NodeProps {
  readonly name: string | undefined
  readonly value: unknown
  readonly wanted: string
  readonly depth: number
}

const OPEN_DEPTH = 3

function Node({ name, value, wanted, depth }: NodeProps) {
  if (wanted !== '' && !holds(name, value, wanted)) return null
  if (typeof value !== 'object' || value === null) return <Leaf name={name} value={value} wanted={wanted} />
  const inner = Object.entries(value)
  // What is found by its own key shows all that is in it.
  const below = name?.toLowerCase().includes(wanted) === true ? '' : wanted
  const children = inner.map(([key, one]) => (
    <Node key={key} name={key} value={one} wanted={below} depth={depth + 1} />
  ))
  if (name === undefined)
    return <div>{inner.length === 0 ? <span className="soft">empty</span> : children}</div>
  return (
    <details className="json-branch" open={wanted !== '' || depth < OPEN_DEPTH}>
      <summary>
        <span className="json-key">{name}</span>
        <span className="soft">{Array.isArray(value) ? `[${inner.length}]` : `{${inner.length}}`}</span>
      </summary>
      {children}
    </details>
  )
}

function Leaf({ name, value, wanted }: Pick<NodeProps, 'name' | 'value' | 'wanted'>) {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return (
    <div className="json-leaf">
      {name !== undefined && <span className="json-key">{name}</span>}
      <span className={`json-value json-${value === null ? 'null' : typeof value}`}>
        {marked(text, wanted)}
      </span>
      <span className="fact-tools">
        <IconButton
          icon="copy"
          small
          tabIndex={-1}
          label={`Copy ${name ?? 'value'}`}
          onClick={() => void copy(text, name ?? 'Value')}
        />
      </span>
    </div>
  )
}

function marked(text: string, wanted: string) {
  const at = wanted === '' ? -1 : text.toLowerCase().indexOf(wanted)
  if (at < 0) return text
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + wanted.length)}</mark>
      {text.slice(at + wanted.length)}
    </>
  )
}

function holds(name: string | undefined, value: unknown, wanted: string): boolean {
  if (name?.toLowerCase().includes(wanted) === true) return true
  if (typeof value !== 'object' || value === null) return String(value).toLowerCase().includes(wanted)
  return Object.entries(value).some(([key, one]) => holds(key, one, wanted))
}
