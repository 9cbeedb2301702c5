import './loading.css'

/** Stands for what is on its way; read aloud once. */
export function Loading({ label = 'Loading' }: { readonly label?: string }) {
  return (
    <div className="loading" role="status">
      <span className="loading-ring" aria-hidden="true" />
      <span>{label}…</span>
    </div>
  )
}
