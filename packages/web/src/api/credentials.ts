import { useSyncExternalStore } from 'react'

// Somebody is signed in by a session's cookie, which no script can read, or by an API key that they pasted. The key
// lives in this tab alone, and is gone with it.

const STORED = 'counterfoil.key'
const listeners = new Set<() => void>()

export function pastedKey(): string | undefined {
  return sessionStorage.getItem(STORED) ?? undefined
}

export function keepKey(key: string): void {
  sessionStorage.setItem(STORED, key)
  changed()
}

export function forgetKey(): void {
  sessionStorage.removeItem(STORED)
  changed()
}

export function usePastedKey(): string | undefined {
  return useSyncExternalStore(subscribe, pastedKey)
}

function changed(): void {
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
