import { type CSSProperties, createElement, type ReactElement, useEffect, useRef } from 'react'
import type { FetchToken } from '../server-client.js'
import type { Trouble } from '../trouble.js'
import type { CounterfoilViewer as ViewerElement } from '../viewer-element.js'

export interface CounterfoilViewerProps {
  /** Address of the Counterfoil server. */
  readonly src: string
  readonly token?: string
  /** Gives a token whenever one is needed. */
  readonly fetchToken?: FetchToken
  /** Search text that is always added to what somebody searches for. */
  readonly filter?: string
  readonly columns?: readonly string[]
  readonly theme?: 'light' | 'dark'
  readonly timeZone?: string
  readonly timeRange?: string
  readonly pageSize?: number
  readonly className?: string
  readonly style?: CSSProperties
  readonly onEntry?: (id: string) => void
  readonly onTrouble?: (trouble: Trouble) => void
}

/** `<counterfoil-viewer>` for React 18 and later. The element itself is loaded in the browser alone. */
export function CounterfoilViewer(props: CounterfoilViewerProps): ReactElement {
  const { fetchToken, onEntry, onTrouble } = props
  const ref = useRef<ViewerElement>(null)
  useEffect(() => {
    // Servers that render React have no custom elements.
    void import('../index.js')
  }, [])
  useEffect(() => {
    const element = ref.current
    if (element === null) return
    const entry = (event: Event) => onEntry?.((event as CustomEvent<{ readonly id: string }>).detail.id)
    const trouble = (event: Event) => onTrouble?.((event as CustomEvent<Trouble>).detail)
    element.addEventListener('counterfoil-entry', entry)
    element.addEventListener('counterfoil-trouble', trouble)
    return () => {
      element.removeEventListener('counterfoil-entry', entry)
      element.removeEventListener('counterfoil-trouble', trouble)
    }
  }, [onEntry, onTrouble])
  useEffect(() => {
    if (ref.current !== null) ref.current.fetchToken = fetchToken
  }, [fetchToken])
  return createElement('counterfoil-viewer', {
    ref,
    src: props.src,
    token: props.token,
    filter: props.filter,
    columns: props.columns?.join(','),
    theme: props.theme,
    'time-zone': props.timeZone,
    'time-range': props.timeRange,
    'page-size': props.pageSize,
    class: props.className,
    style: props.style,
  })
}
