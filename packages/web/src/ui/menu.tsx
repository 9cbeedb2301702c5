import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { Icon, type IconName } from './icon.js'
import { Popover } from './popover.js'
import './menu.css'

export interface MenuItem {
  readonly label: ReactNode
  readonly icon?: IconName
  /** Says which of several is chosen. */
  readonly checked?: boolean
  readonly danger?: boolean
  readonly onSelect: () => void
}

export interface MenuGroup {
  readonly title?: string
  readonly items: readonly MenuItem[]
}

interface MenuProps {
  readonly label: string
  readonly face?: ReactNode
  readonly icon?: IconName
  readonly look?: 'plain' | 'quiet'
  readonly small?: boolean
  readonly align?: 'start' | 'end'
  readonly groups: readonly MenuGroup[]
}

/** A menu button after the ARIA pattern: arrows, Home, End, Escape. */
export function Menu({ groups, ...button }: MenuProps) {
  return (
    <Popover {...button}>
      {(close) => <MenuItems groups={groups} label={button.label} close={close} />}
    </Popover>
  )
}

function MenuItems({
  groups,
  label,
  close,
}: {
  readonly groups: readonly MenuGroup[]
  readonly label: string
  readonly close: () => void
}) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const items = itemsOf(list.current)
    ;(items.find((item) => item.getAttribute('aria-checked') === 'true') ?? items[0])?.focus()
  }, [])
  return (
    <div
      className="menu"
      role="menu"
      aria-label={label}
      ref={list}
      onKeyDown={(event) => moveFocus(event, list.current)}
    >
      {groups.map((group, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: groups have no name of their own and do not move.
        <div key={i} role="group" aria-label={group.title} className="menu-group">
          {group.title !== undefined && <div className="menu-title">{group.title}</div>}
          {group.items.map((item, j) => (
            <button
              // biome-ignore lint/suspicious/noArrayIndexKey: a menu's items do not move while it is open.
              key={j}
              type="button"
              tabIndex={-1}
              className={item.danger === true ? 'menu-item menu-danger' : 'menu-item'}
              {...(item.checked === undefined
                ? { role: 'menuitem' }
                : { role: 'menuitemradio', 'aria-checked': item.checked })}
              onClick={() => {
                close()
                item.onSelect()
              }}
            >
              <span className="menu-icon">
                {item.checked === true ? (
                  <Icon name="check" />
                ) : (
                  item.icon !== undefined && <Icon name={item.icon} />
                )}
              </span>
              {item.label}
            </button>
          ))}
        </div>
      ))}
    </div>
  )
}

function itemsOf(list: HTMLElement | null): readonly HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])]
}

function moveFocus(event: KeyboardEvent, list: HTMLElement | null): void {
  const items = itemsOf(list)
  const at = items.indexOf(document.activeElement as HTMLElement)
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
  if (next === undefined) return
  event.preventDefault()
  items[(next + items.length) % items.length]?.focus()
}
