import { CounterfoilViewer } from './viewer-element.js'

export type { FetchToken } from './server-client.js'
export type { Trouble } from './trouble.js'
export { CounterfoilViewer }

declare global {
  interface HTMLElementTagNameMap {
    'counterfoil-viewer': CounterfoilViewer
  }
}

// A page may load the script twice, from two of its parts.
if (customElements.get('counterfoil-viewer') === undefined)
  customElements.define('counterfoil-viewer', CounterfoilViewer)
