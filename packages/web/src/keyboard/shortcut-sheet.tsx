import { Dialog } from '../ui/dialog.js'
import { Table } from '../ui/table.js'
import { ACTIVITY_KEYS, LIST_KEYS, SHORTCUTS, switchShortcuts, useShortcutsAreOn } from './shortcuts.js'
import './shortcut-sheet.css'

interface Line {
  readonly keys: readonly string[]
  readonly what: string
}

/** What `?` shows. */
export function ShortcutSheet({ onClose }: { readonly onClose: () => void }) {
  const on = useShortcutsAreOn()
  const groups = Map.groupBy(Object.entries(SHORTCUTS), (shortcut) => shortcut[1][1])
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      {[...groups].map(([where, shortcuts]) => (
        <Lines
          key={where}
          title={where}
          lines={shortcuts.map(([keys, [what]]) => ({ keys: keysOf(keys), what }))}
        />
      ))}
      <Lines title="List" lines={linesOf(LIST_KEYS)} />
      <Lines title="Activity" lines={linesOf(ACTIVITY_KEYS)} />
      <label className="shortcuts-switch">
        <input type="checkbox" checked={on} onChange={(event) => switchShortcuts(event.target.checked)} />
        Single keys do something
      </label>
    </Dialog>
  )
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly Line[] }) {
  return (
    <div className="shortcuts">
      <Table
        caption={`Shortcuts: ${title}`}
        rows={lines}
        keyOf={({ what }) => what}
        columns={[
          { name: title, cell: ({ what }) => what },
          { name: 'Keys', cell: ({ keys }) => keys.map((key) => <kbd key={key}>{key}</kbd>) },
        ]}
      />
    </div>
  )
}

function linesOf(keys: Readonly<Record<string, string>>): readonly Line[] {
  return Object.entries(keys).map(([key, what]) => ({ keys: key.split(' '), what }))
}

/** `gl` is two keys, `Enter` is one. */
function keysOf(keys: string): readonly string[] {
  return /^[a-z]{2}$/.test(keys) ? [...keys] : [keys]
}
