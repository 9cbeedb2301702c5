import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { Button, IconButton } from './button.js'
import type { IconName } from './icon.js'
import './popover.css'

interface PopoverProps {
  readonly label: string
  /** What the button shows; the label when left out, nothing but the icon when it is null. */
  readonly face?: ReactNode
  readonly icon?: IconName
  readonly look?: 'plain' | 'quiet'
  readonly small?: boolean
  readonly align?: 'start' | 'end'
  readonly children: (close: () => void) => ReactNode
}

/** A button that opens a panel beside it: the browser's own popover, in the top layer, closed by Escape or a click elsewhere. */
export function Popover({
  label,
  face = label,
  icon,
  look = 'plain',
  small,
  align = 'start',
  children,
}: PopoverProps) {
  const id = useId()
  const button = useRef<HTMLSpanElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  usePlacement(button, panel, open, align)
  useEffect(() => {
    const element = panel.current
    const toggled = (event: Event) => setOpen((event as ToggleEvent).newState === 'open')
    element?.addEventListener('toggle', toggled)
    return () => element?.removeEventListener('toggle', toggled)
  }, [])
  const shared = {
    look,
    small: small === true,
    popoverTarget: id,
    'aria-expanded': open,
    'aria-controls': id,
  } as const
  return (
    <span className="popover-anchor" ref={button}>
      {face === null && icon !== undefined ? (
        <IconButton icon={icon} label={label} {...shared} />
      ) : (
        <Button
          {...(icon === undefined ? {} : { icon })}
          {...(face === label ? {} : { 'aria-label': label })}
          {...shared}
        >
          {face}
        </Button>
      )}
      <div id={id} ref={panel} popover="auto" className="popover">
        {open && children(() => panel.current?.hidePopover())}
      </div>
    </span>
  )
}

/** Below the button and within the window; above it where there is more room. */
function usePlacement(
  button: React.RefObject<HTMLElement | null>,
  panel: React.RefObject<HTMLElement | null>,
  open: boolean,
  align: 'start' | 'end',
): void {
  useLayoutEffect(() => {
    if (!open) return
    const place = () => {
      const anchor = button.current?.getBoundingClientRect()
      const element = panel.current
      if (anchor === undefined || element === null) return
      element.style.maxHeight = ''
      const { offsetWidth: width, offsetHeight: height } = element
      const wanted = align === 'start' ? anchor.left : anchor.right - width
      const left = Math.max(8, Math.min(wanted, document.documentElement.clientWidth - width - 8))
      const below = anchor.bottom + 4
      const fits = below + height <= innerHeight - 8 || anchor.top < innerHeight / 2
      element.style.left = `${left}px`
      const top = fits ? below : Math.max(8, anchor.top - height - 4)
      element.style.top = `${top}px`
      // What is taller than the rest of the window scrolls, with its end in sight.
      if (top + height > innerHeight - 8) element.style.maxHeight = `${innerHeight - top - 8}px`
    }
    place()
    const observer = new ResizeObserver(place)
    if (panel.current !== null) observer.observe(panel.current)
    addEventListener('resize', place)
    return () => {
      observer.disconnect()
      removeEventListener('resize', place)
    }
  }, [button, panel, open, align])
}
