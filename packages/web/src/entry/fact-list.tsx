import { filterBy } from '../logs/cell-filter.js'
import { IconButton } from '../ui/button.js'
import { copy } from '../ui/toast.js'
import type { FactGroup } from './facts.js'

/** Every field of the entry; each can be copied, searched for and excluded. */
export function FactList({
  groups,
  query,
}: {
  readonly groups: readonly FactGroup[]
  readonly query: string
}) {
  return (
    <div className="facts">
      {groups.map(({ title, facts }) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl>
            {facts.map(({ name, text, term, isMono }) => (
              <div key={name} className="fact">
                <dt>{name}</dt>
                <dd className={isMono === true ? 'mono' : undefined}>{text}</dd>
                <span className="fact-tools">
                  {term !== undefined && (
                    <>
                      <IconButton
                        icon="plus"
                        small
                        label={`Only entries with this: ${name}`}
                        onClick={() => filterBy(query, term)}
                      />
                      <IconButton
                        icon="minus"
                        small
                        label={`Without entries with this: ${name}`}
                        onClick={() => filterBy(query, term, { exclude: true })}
                      />
                    </>
                  )}
                  <IconButton
                    icon="copy"
                    small
                    label={`Copy: ${name}`}
                    onClick={() => void copy(text, name)}
                  />
                </span>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  )
}
