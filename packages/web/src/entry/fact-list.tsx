import { type KeyboardEvent, useRef, useState } from 'react'
import { filterBy } from '../logs/cell-filter.js'
import { IconButton } from '../ui/button.js'
import { copy } from '../ui/toast.js'
import type { Fact, FactGroup } from './facts.js'

interface FactListProps {
  readonly groups: readonly FactGroup[]
  /** Of the list beside it, which fields add to. */
  readonly query: string
}

/**
 * Every field of the entry; each can be copied, searched for and excluded: by the buttons that the pointer finds, and by y,
 * f and x. One tab stop for all of them, as a drawer has many.
 */
export function FactList({ groups, query }: FactListProps) {
  const list = useRef<HTMLFieldSetElement>(null)
  const [active, setActive] = useState(0)
  const facts = groups.flatMap((group) => group.facts)
  const keys = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const last = facts.length - 1
    const next = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: last }[event.key]
    if (next !== undefined) {
      const at = Math.max(0, Math.min(last, next))
      setActive(at)
      list.current?.querySelectorAll<HTMLElement>('.fact')[at]?.focus()
    } else if (!act(event.key, facts[active], query)) return
    event.preventDefault()
  }
  return (
    <fieldset ref={list} className="facts" onKeyDown={keys}>
      <legend className="spoken">Fields. Arrows move; f finds the same, x excludes it, y copies it.</legend>
      {groups.map((group) => (
        <section key={group.title}>
          <h3>{group.title}</h3>
          {group.isErased && <p className="fact-erased">erased</p>}
          <dl>
            {group.facts.map((fact) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: the list that it is in says what its keys do.
              <div
                key={fact.name}
                className="fact"
                tabIndex={facts[active] === fact ? 0 : -1}
                onFocus={() => setActive(facts.indexOf(fact))}
              >
                <dt>{fact.name}</dt>
                <dd className={fact.isMono === true ? 'mono' : undefined}>
                  {fact.text}
                  <FactTools fact={fact} query={query} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </fieldset>
  )
}

function FactTools({ fact, query }: { readonly fact: Fact; readonly query: string }) {
  const { name, term } = fact
  return (
    <span className="fact-tools">
      {term !== undefined && (
        <>
          <IconButton
            icon="plus"
            small
            tabIndex={-1}
            label={`Only entries with this: ${name} (f)`}
            onClick={() => act('f', fact, query)}
          />
          <IconButton
            icon="minus"
            small
            tabIndex={-1}
            label={`Without entries with this: ${name} (x)`}
            onClick={() => act('x', fact, query)}
          />
        </>
      )}
      <IconButton
        icon="copy"
        small
        tabIndex={-1}
        label={`Copy: ${name} (y)`}
        onClick={() => act('y', fact, query)}
      />
    </span>
  )
}

/** What a key does to a field; false when it does nothing. */
function act(key: string, fact: Fact | undefined, query: string): boolean {
  if (fact === undefined) return false
  if (key === 'y') void copy(fact.text, fact.name)
  else if ((key === 'f' || key === 'x') && fact.term !== undefined)
    filterBy(query, fact.term, { exclude: key === 'x' })
  else return false
  return true
}
