import { type KeyboardEvent, type ReactNode, useId, useState } from 'react'
import './tabs.css'

export interface Tab {
  readonly id: string
  readonly label: ReactNode
  readonly content: () => ReactNode
}

interface TabsProps {
  readonly label: string
  readonly tabs: readonly Tab[]
  /** Which is open at first; the first when left out. */
  readonly initial?: string | undefined
}

/** Tabs after the ARIA pattern: one tab stop, arrows move and choose. */
export function Tabs({ label, tabs, initial }: TabsProps) {
  const group = useId()
  const [chosen, setChosen] = useState(initial ?? tabs[0]?.id)
  const tab = tabs.find(({ id }) => id === chosen) ?? tabs[0]
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ id }) => id === tab?.id)
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    const id = tabs[(next + tabs.length) % tabs.length]?.id
    setChosen(id)
    document.getElementById(`${group}-${id}`)?.focus()
  }
  return (
    <div className="tabs">
      <div role="tablist" aria-label={label} className="tab-list" onKeyDown={move}>
        {tabs.map(({ id, label: name }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`${group}-${id}`}
            className="tab"
            aria-selected={id === tab?.id}
            aria-controls={`${group}-panel`}
            tabIndex={id === tab?.id ? 0 : -1}
            onClick={() => setChosen(id)}
          >
            {name}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${group}-panel`}
        aria-labelledby={`${group}-${tab?.id}`}
        className="tab-panel"
      >
        {tab?.content()}
      </div>
    </div>
  )
}
