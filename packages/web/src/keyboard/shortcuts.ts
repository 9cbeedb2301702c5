import { useEffect, useRef, useSyncExternalStore } from 'react'

/** Every shortcut of the page, in the order of the sheet. Two characters are typed one after the other. */
export const SHORTCUTS = {
  '/': ['Search', 'Everywhere'],
  '?': ['Show this sheet', 'Everywhere'],
  t: ['Time zone', 'Everywhere'],
  gl: ['Go to the logs', 'Everywhere'],
  gi: ['Go to integrity', 'Everywhere'],
  ga: ['Go to the API', 'Everywhere'],
  gs: ['Go to the settings', 'Everywhere'],
  '[': ['The window before', 'Log'],
  ']': ['The window after', 'Log'],
  '+': ['Half the window', 'Log'],
  '-': ['Twice the window', 'Log'],
  gt: ['Go to a time', 'Log'],
  l: ['Live, on and off', 'Log'],
  e: ['Export', 'Log'],
  c: ['Copy the link', 'Log'],
  j: ['Entry after', 'Log'],
  k: ['Entry before', 'Log'],
} as const satisfies Readonly<Record<string, readonly [what: string, where: string]>>
/** Keys of the list, which has them while it has the focus. */
export const LIST_KEYS = {
  'j k': 'Next row, row before',
  Arrows: 'From cell to cell',
  'Home End': 'First cell, last cell',
  'Ctrl+Home Ctrl+End': 'First row, last row',
  'PgUp PgDn': 'As many rows as are seen, up and down',
  Enter: 'Open the entry',
  Esc: 'Close the entry',
  f: 'Only entries with this cell',
  x: 'Without entries with this cell',
  y: 'Copy the cell',
} as const
/** Keys of the activity above the list, while it has the focus. */
export const ACTIVITY_KEYS = {
  Arrows: 'From bar to bar',
  'Shift+Arrows': 'Mark a window',
  Enter: 'Zoom into it',
} as const
export type Shortcut = keyof typeof SHORTCUTS

const STORED = 'counterfoil.shortcuts'
const SECOND_KEY_MS = 900
const listeners = new Set<() => void>()

/** Whether somebody has switched shortcuts off: they get in the way of speech input. */
export function shortcutsAreOn(): boolean {
  return localStorage.getItem(STORED) !== 'off'
}

export function switchShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(STORED)
  else localStorage.setItem(STORED, 'off')
  for (const listener of listeners) listener()
}

export function useShortcutsAreOn(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, shortcutsAreOn)
}

/** What some keys do while a part of the page is there; never while somebody writes, nor behind a dialog. */
export function useShortcuts(handlers: Readonly<Partial<Record<Shortcut, () => void>>>): void {
  const latest = useRef(handlers)
  latest.current = handlers
  useEffect(() => {
    let before = ''
    let beforeAt = 0
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isMeantForUs(event)) return
      const pair = event.timeStamp - beforeAt < SECOND_KEY_MS ? before + event.key : ''
      before = event.key
      beforeAt = event.timeStamp
      // The second key of a pair means nothing by itself, wherever the pair is handled.
      const shortcut = Object.hasOwn(SHORTCUTS, pair) ? pair : event.key
      const handle = latest.current[shortcut as Shortcut]
      if (handle === undefined) return
      event.preventDefault()
      before = ''
      handle()
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
}

function isMeantForUs({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || !shortcutsAreOn()) return false
  if (document.querySelector('dialog[open]') !== null) return false
  return !(
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  )
}
