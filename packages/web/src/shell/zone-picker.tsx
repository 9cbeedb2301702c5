import { lazy, Suspense } from 'react'
import { useZone, zoneLabel } from '../time/zone.js'
import { Loading } from '../ui/loading.js'
import { Popover } from '../ui/popover.js'

const ZoneList = lazy(async () => ({ default: (await import('./zone-list.js')).ZoneList }))

/** Shows the zone of every time on the page, and changes it. */
export function ZonePicker() {
  const zone = useZone()
  return (
    <Popover
      label={`${zoneLabel(zone)} time: times are shown in ${zone}`}
      face={<span className="side-name truncate">{zoneLabel(zone)} time</span>}
      icon="globe"
      look="quiet"
    >
      {(close) => (
        <Suspense fallback={<Loading />}>
          <ZoneList chosen={zone} onChosen={close} />
        </Suspense>
      )}
    </Popover>
  )
}
