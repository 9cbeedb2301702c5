import { Dialog } from '../ui/dialog.js'
import { LIST_KEYS, SHORTCUTS, switchShortcuts, useShortcutsAreOn } from './shortcuts.js'
import './shortcut-sheet.css'

/** What `?` shows. */
export function ShortcutSheet({ onClose }: { readonly onClose: () => void }) {
  const on = useShortcutsAreOn()
  const groups = Map.groupBy(Object.entries(SHORTCUTS), (shortcut) => shortcut[1][1])
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      {[...groups].map(([where, shortcuts]) => (
        <section key={where} className="shortcuts">
          <h3>{where}</h3>
          <dl>
            {shortcuts.map(([keys, [what]]) => (
              <div key={keys}>
                <dt>{what}</dt>
                <dd>
                  {keysOf(keys).map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <section className="shortcuts">
        <h3>List</h3>
        <dl>
          {Object.entries(LIST_KEYS).map(([keys, what]) => (
            <div key={keys}>
              <dt>{what}</dt>
              <dd>
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <label className="shortcuts-switch">
        <input type="checkbox" checked={on} onChange={(event) => switchShortcuts(event.target.checked)} />
        Single keys do something
      </label>
    </Dialog>
  )
}

/** `gl` is two keys, `Enter` is one. */
function keysOf(keys: string): readonly string[] {
  return /^[a-z]{2}$/.test(keys) ? [...keys] : [keys]
}
