import { useEffect, useState } from 'react'
import './toast.css'

const SHOWN_MS = 4_000
let show: (text: string) => void = () => undefined

/** Says in passing that something is done. What must not be missed belongs where it happened. */
export function toast(text: string): void {
  show(text)
}

/** Where toasts appear; one on a page. */
export function Toasts() {
  const [text, setText] = useState('')
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    show = (next) => {
      setText(next)
      clearTimeout(timer)
      timer = setTimeout(() => setText(''), SHOWN_MS)
    }
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="toasts" role="status" aria-live="polite">
      {text !== '' && <div className="toast">{text}</div>}
    </div>
  )
}

/** Puts a text on the clipboard and says so. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    toast(`${what} copied`)
  } catch {
    // Browsers refuse the clipboard on plain HTTP and without a click.
    toast('The browser does not allow copying here')
  }
}
