import { useId, useMemo, useState } from 'react'
import { navigate, withParams } from '../router/location.js'
import { allZones, LOCAL_ZONE, preferZone } from '../time/zone.js'
import './zone-list.css'

const SHOWN_MAX = 60

/** Every zone that there is, found by its name. */
export function ZoneList({ chosen, onChosen }: { readonly chosen: string; readonly onChosen: () => void }) {
  const id = useId()
  const [text, setText] = useState('')
  const zones = useMemo(() => {
    const wanted = text.trim().toLowerCase().replaceAll(' ', '_')
    const first = [LOCAL_ZONE, 'UTC'].filter((zone, i, all) => all.indexOf(zone) === i)
    const all = [...first, ...allZones().filter((zone) => !first.includes(zone))]
    return all.filter((zone) => zone.toLowerCase().includes(wanted)).slice(0, SHOWN_MAX)
  }, [text])
  const choose = (zone: string) => {
    preferZone(zone === LOCAL_ZONE ? '' : zone)
    navigate(withParams({ tz: zone === LOCAL_ZONE ? undefined : zone }), { replace: true })
    onChosen()
  }
  return (
    <div className="zones">
      <label htmlFor={id} className="spoken">
        Find a time zone
      </label>
      <input
        id={id}
        className="input"
        placeholder="Find a city or UTC"
        value={text}
        // biome-ignore lint/a11y/noAutofocus: it is what the panel was opened for.
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && zones[0] !== undefined) choose(zones[0])
        }}
      />
      <ul className="zones-list" aria-label="Time zones">
        {zones.map((zone) => (
          <li key={zone}>
            <button
              type="button"
              className="menu-item"
              aria-current={zone === chosen}
              onClick={() => choose(zone)}
            >
              {zone.replaceAll('_', ' ')}
              {zone === LOCAL_ZONE && <span className="soft">this device</span>}
            </button>
          </li>
        ))}
        {zones.length === 0 && <li className="zones-none">No such zone.</li>}
      </ul>
    </div>
  )
}
