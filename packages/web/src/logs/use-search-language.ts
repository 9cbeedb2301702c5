import { useEffect, useState } from 'react'

export type SearchLanguage = typeof import('./search-language.js')

/** The search language: the list does not wait for it. */
export function loadSearchLanguage(): Promise<SearchLanguage> {
  return import('./search-language.js')
}

/** The same for what is drawn, once somebody writes; undefined until it is there. */
export function useSearchLanguage(isWriting: boolean): SearchLanguage | undefined {
  const [language, setLanguage] = useState<SearchLanguage>()
  useEffect(() => {
    if (!isWriting) return
    // Without it nothing is underlined and no key is completed; the server says what it does not understand.
    loadSearchLanguage().then(setLanguage, () => undefined)
  }, [isWriting])
  return language
}
