import { toggleValues, valuesOf } from '../query/query-text.js'
import { count } from '../time/format.js'
import { search } from './logs-state.js'
import { SEVERITY_NAMES, Severity } from './severity.js'

interface SeverityTilesProps {
  readonly query: string
  /** How many entries of each the window holds; undefined until it is known. */
  readonly counts: Readonly<Record<string, number>> | undefined
}

/** How many of each severity there are; pressing one asks for it, along with those that were pressed before. */
export function SeverityTiles({ query, counts }: SeverityTilesProps) {
  const chosen = valuesOf(query, 'severity')
  return (
    <div className="tiles" role="group" aria-label="Severities">
      {SEVERITY_NAMES.map((name) => (
        <button
          key={name}
          type="button"
          className="tile"
          aria-pressed={chosen.includes(name)}
          onClick={() => search({ query: toggleValues(query, 'severity', [name]) })}
        >
          <Severity name={name} />
          <span className="tile-count numbers">{counts === undefined ? '·' : count(counts[name] ?? 0)}</span>
        </button>
      ))}
    </div>
  )
}
