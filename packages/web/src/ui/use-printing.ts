import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/** Whether the page is being printed: what is drawn as it is seen is then drawn as a whole, before the printer looks. */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(() => matchMedia('print').matches)
  useEffect(() => {
    const list = matchMedia('print')
    const tell = (on: boolean) => flushSync(() => setPrinting(on))
    const begin = () => tell(true)
    const end = () => tell(false)
    const change = () => tell(list.matches)
    addEventListener('beforeprint', begin)
    addEventListener('afterprint', end)
    list.addEventListener('change', change)
    return () => {
      removeEventListener('beforeprint', begin)
      removeEventListener('afterprint', end)
      list.removeEventListener('change', change)
    }
  }, [])
  return isPrinting
}
