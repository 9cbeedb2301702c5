/** A signal that aborts at the first Ctrl-C or SIGTERM; at the second one the process ends at once, as usual. */
export function onInterrupt(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const abort = () => {
    release()
    controller.abort()
  }
  const release = () => {
    process.off('SIGINT', abort)
    process.off('SIGTERM', abort)
  }
  process.on('SIGINT', abort)
  process.on('SIGTERM', abort)
  return { signal: controller.signal, release }
}
