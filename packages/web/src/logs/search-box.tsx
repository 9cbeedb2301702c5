import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useRef, useState } from 'react'
import { type Facets, loadFacets } from '../api/entries.js'
import { useAudience } from '../api/me.js'
import { useShortcuts } from '../keyboard/shortcuts.js'
import { IconButton } from '../ui/button.js'
import { Icon } from '../ui/icon.js'
import { search } from './logs-state.js'
import { SearchMarks } from './search-marks.js'
import { selectionQuery } from './selection.js'
import type { Suggestion } from './suggestions.js'
import { loadSearchLanguage, type SearchLanguage, useSearchLanguage } from './use-search-language.js'
import './search-box.css'

interface SearchBoxProps {
  readonly query: string
  /** The window that values are suggested from. */
  readonly times: { readonly from?: string; readonly to?: string }
}

/** One box for everything: words, and keys with values that it completes. What it cannot understand is underlined. */
export function SearchBox({ query, times }: SearchBoxProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const { text, writing, setCaret, at, problems, suggestions, write, submit, take, keys } = useWriting(
    query,
    times,
    input,
  )
  useShortcuts({ '/': () => input.current?.focus() })
  const problem = writing === undefined || text === query ? problems[0] : undefined
  return (
    <search className="search">
      <div className="search-line">
        <Icon name="search" />
        <div className="search-field">
          <SearchMarks text={text} problems={problems} input={input} />
          <input
            ref={input}
            className="search-input"
            role="combobox"
            aria-label="Search the log"
            aria-expanded={suggestions.length > 0}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
            aria-invalid={problems.length > 0}
            aria-describedby={`${id}-problem`}
            placeholder="Search: words, actor:ada, action:order.*, -outcome:success, ip:10.0.0.0/8"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            value={text}
            onChange={(event) => write(event.target.value, event.target.selectionStart ?? 0)}
            onFocus={(event) => setCaret(event.target.selectionStart ?? text.length)}
            onClick={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
            onBlur={() => setCaret(undefined)}
            onKeyDown={keys}
          />
        </div>
        {text === '' ? (
          <kbd aria-hidden="true">/</kbd>
        ) : (
          <IconButton
            icon="close"
            label="Clear the search"
            small
            onClick={() => {
              write('', 0)
              submit('')
              input.current?.focus()
            }}
          />
        )}
      </div>
      <SuggestionList id={id} suggestions={suggestions} at={at} onTake={take} />
      <p id={`${id}-problem`} className="search-problem" aria-live="polite">
        {problem?.message}
      </p>
    </search>
  )
}

/** What is being written, what could stand there, and what keys do about it. */
function useWriting(
  query: string,
  times: SearchBoxProps['times'],
  input: RefObject<HTMLInputElement | null>,
) {
  const [text, setText] = useState(query)
  /** Where in the text somebody writes; undefined while nobody does. */
  const [caret, setCaret] = useState<number>()
  const [at, setAt] = useState(-1)
  useEffect(() => setText(query), [query])
  const language = useSearchLanguage(text !== '' || caret !== undefined)
  const problems = useMemo(() => language?.problemsIn(text) ?? [], [language, text])
  const writing = useMemo(
    () => (caret === undefined ? undefined : language?.writingAt(text, caret)),
    [language, text, caret],
  )
  const suggestions = useSuggestions(writing, times, language)
  const isOpen = suggestions.length > 0
  const write = (next: string, caret: number) => {
    setText(next)
    setCaret(caret)
    setAt(-1)
  }
  const submit = (next: string) => {
    setCaret(undefined)
    const go = () => search({ query: next })
    loadSearchLanguage().then(({ problemsIn }) => problemsIn(next).length === 0 && go(), go)
  }
  const take = ({ text: put, start, end }: Suggestion) => {
    const next = text.slice(0, start) + put + text.slice(end).trimStart()
    const caret = start + put.length
    write(next, caret)
    requestAnimationFrame(() => input.current?.setSelectionRange(caret, caret))
    if (put.endsWith(' ')) submit(next)
  }
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const chosen = suggestions[at]
    if (step !== undefined && isOpen) {
      event.preventDefault()
      setAt((at + step + suggestions.length + (at < 0 && step < 0 ? 1 : 0)) % suggestions.length)
    } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen !== undefined) {
      event.preventDefault()
      take(chosen)
    } else if (event.key === 'Enter') {
      submit(text)
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault()
      setCaret(undefined)
    }
  }
  return { text, writing, setCaret, at, problems, suggestions, write, submit, take, keys }
}

function SuggestionList({
  id,
  suggestions,
  at,
  onTake,
}: {
  readonly id: string
  readonly suggestions: readonly Suggestion[]
  readonly at: number
  readonly onTake: (suggestion: Suggestion) => void
}) {
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label="Suggestions"
      className="suggestions"
      hidden={suggestions.length === 0}
    >
      {suggestions.map((suggestion, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the box that it belongs to has the keys.
        <div
          key={suggestion.label}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === at}
          className="suggestion"
          // The box keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(suggestion)}
        >
          <span className="truncate">{suggestion.label}</span>
          <span className="suggestion-note truncate">{suggestion.note}</span>
        </div>
      ))}
    </div>
  )
}

function useSuggestions(
  writing: ReturnType<SearchLanguage['writingAt']>,
  times: SearchBoxProps['times'],
  language: SearchLanguage | undefined,
): readonly Suggestion[] {
  const audience = useAudience()
  const field = language?.facetOfKey(writing?.key)
  const facets = useQuery<Facets>({
    queryKey: ['facet', audience, field, times],
    queryFn: ({ signal }) =>
      loadFacets({ ...selectionQuery({ query: '', ...times }), field, limit: 100 }, signal),
    enabled: field !== undefined,
    staleTime: 60_000,
  })
  return useMemo(() => {
    if (language === undefined || writing === undefined) return []
    const values = field === undefined ? [] : (facets.data?.data[field] ?? [])
    return language.suggestionsFor(writing, values)
  }, [writing, language, field, facets.data])
}
