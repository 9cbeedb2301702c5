import type { Actor, EntryContent, Json } from '../entry/entry.js'

/** The least an entry must say, as recorded; `overrides` say what matters to the test. */
export function anEntryContent(overrides: Partial<EntryContent> = {}): EntryContent {
  return {
    action: 'order.created',
    category: 'operation',
    severity: 'info',
    outcome: 'success',
    ...overrides,
  }
}

export function anActor(overrides: Partial<Actor> = {}): Actor {
  return { type: 'user', id: 'user_3Hq2', label: 'Ada Lovelace', email: 'ada@example.com', ...overrides }
}

/** The first so many entries that `aSentEntry` makes. */
export function sentEntries(count: number): readonly ReturnType<typeof aSentEntry>[] {
  return Array.from({ length: count }, (_, index) => aSentEntry(index))
}

/** JSON text as the bytes of a request body. */
export function bytesOf(json: string): Uint8Array {
  return new TextEncoder().encode(json)
}

const ACTIONS = [
  'order.created',
  'order.updated',
  'member.invited',
  'token.revoked',
  'report.exported',
] as const
const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2'] as const
const NAMES = ['Ada Lovelace', 'José Núñez', 'Li Wei', "Siobhán O'Brien", 'Zoë Müller'] as const

/**
 * A realistic entry as a client sends it, about 0.8 KB of JSON with its keys in no particular order; the same
 * for the same `index`, and in its values different from its neighbours.
 */
export function aSentEntry(index: number): { readonly [key: string]: Json } {
  const name = pick(NAMES, index)
  const order = `ord_${(index * 7919).toString(36).padStart(8, '0')}`
  const shared = {
    action: pick(ACTIONS, index),
    category: 'operation',
    severity: index % 17 === 0 ? 'warning' : 'info',
    outcome: index % 23 === 0 ? 'denied' : 'success',
    actor: { type: 'user', id: `user_${index % 97}`, label: name, email: `person${index % 97}@example.com` },
    resource: { type: 'order', id: order, label: `Order ${1000 + index}` },
    context: {
      ip_address: index % 3 === 0 ? `2001:db8::${(index % 65_535).toString(16)}` : `203.0.113.${index % 256}`,
      user_agent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)',
      session_id: `sess_${index % 31}`,
      request_id: `req_${(index * 104_729).toString(36)}`,
      region: pick(REGIONS, index),
    },
    source: { name: 'checkout', seq: index },
    metadata: {
      plan: 'enterprise',
      amount_cents: 1_999 + index,
      currency: 'EUR',
      tags: ['web', 'retry'],
      ratio: 0.25,
    },
    occurred_at: `2026-11-21T02:00:${String(index % 60).padStart(2, '0')}.123456Z`,
  }
  if (index % 2 === 1) return { ...shared, description: `${name} changed the order from the orders page` }
  const state = { status: 'open', total: 19.99, lines: 2, note: null }
  return { ...shared, before: state, after: { ...state, status: 'paid', total: 24.5 } }
}

function pick<T>(values: readonly T[], index: number): T {
  return values[index % values.length]!
}
