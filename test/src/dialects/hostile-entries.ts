import {
  ACTION_LENGTH_MAX,
  type Actor,
  CATEGORY_LENGTH_MAX,
  DESCRIPTION_LENGTH_MAX,
  type EntryContent,
  IDENTIFIER_LENGTH_MAX,
  LABEL_LENGTH_MAX,
  OPERATION_TEXT_LENGTH_MAX,
  USER_AGENT_LENGTH_MAX,
} from '@counterfoil/core'

/** How far the texts of two fields of an entry are apart in the list, so that fields that are mixed up are seen. */
const STEP = 7

/**
 * Entries that together hold each text in each field that may hold it: in the entry number `i`, every field has another
 * of them. Where a field may not hold its text, it is left out, or what it must have stands there.
 */
export function hostileEntries(texts: readonly string[]): readonly EntryContent[] {
  return texts.map((_, i) => {
    let field = 0
    const next = (): string => texts[(i + STEP * field++) % texts.length] as string
    return hostileEntry(next)
  })
}

function hostileEntry(next: () => string): EntryContent {
  const label = () => textWithin(next(), LABEL_LENGTH_MAX)
  const optionalId = () => textWithin(next(), IDENTIFIER_LENGTH_MAX)
  const id = () => optionalId() || undefined
  const value = () => ({ [next()]: next(), list: [next()] })
  const resource = () => ({ type: id() ?? 'thing', ...present({ id: id(), label: label() }) })
  const actor = (behind?: Actor): Actor => ({
    type: 'user',
    ...present({ id: id(), label: label(), name: label(), email: label(), on_behalf_of: behind }),
  })
  return {
    action: slugWithin(next(), ACTION_LENGTH_MAX) ?? 'order.created',
    category: slugWithin(next(), CATEGORY_LENGTH_MAX) ?? 'operation',
    severity: 'info',
    outcome: 'success',
    actor: actor(actor()),
    resource: resource(),
    targets: [resource(), resource()],
    context: present({
      user_agent: textWithin(next(), USER_AGENT_LENGTH_MAX),
      session_id: optionalId(),
      request_id: optionalId(),
      region: optionalId(),
      location: label(),
      correlation_id: optionalId(),
    }),
    source: { name: id() ?? 'web' },
    workspace: { id: id() ?? 'main', ...present({ name: label() }) },
    operation: {
      type: 'mutation',
      ...present({ name: label(), text: textWithin(next(), OPERATION_TEXT_LENGTH_MAX) }),
      variables: value(),
    },
    ...present({
      description: textWithin(next(), DESCRIPTION_LENGTH_MAX),
      error_code: optionalId(),
    }),
    before: value(),
    after: value(),
    metadata: value(),
  }
}

function textWithin(text: string, lengthMax: number): string | undefined {
  return text.length <= lengthMax ? text : undefined
}

function slugWithin(text: string, lengthMax: number): string | undefined {
  return /^[^\s\p{Cc}]+$/u.test(text) ? textWithin(text, lengthMax) : undefined
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** Without the members that are undefined: what an entry lacks is absent. */
function present<T extends object>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>
}

/** Every field that an entry can have. */
export const WHOLE_ENTRY: EntryContent = {
  action: 'order.refunded',
  category: 'billing',
  severity: 'critical',
  outcome: 'denied',
  actor: {
    type: 'service',
    id: 'svc_1',
    label: 'Refunds',
    name: 'Refund service',
    email: 'refunds@example.com',
    on_behalf_of: {
      type: 'user',
      id: 'usr_2',
      label: 'Ada',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      on_behalf_of: { type: 'api_key', id: 'key_3', label: 'CI' },
    },
  },
  resource: { type: 'order', id: 'ord_4', label: 'Order 4' },
  targets: [
    { type: 'invoice', id: 'inv_5', label: 'Invoice 5' },
    { type: 'customer', id: 'cus_6' },
  ],
  description: 'A refund was refused.',
  error_code: 'limit_exceeded',
  context: {
    ip_address: '203.0.113.7',
    user_agent: 'Mozilla/5.0',
    session_id: 'ses_7',
    request_id: 'req_8',
    region: 'eu-west-1',
    location: 'Vienna, AT',
    correlation_id: 'cor_9',
  },
  source: { name: 'billing', seq: 10 },
  workspace: { id: 'wsp_11', name: 'Europe' },
  operation: {
    type: 'mutation',
    name: 'RefundOrder',
    text: 'mutation RefundOrder { refundOrder { id } }',
    variables: { amount: 12.5, tags: ['a', null, true], nested: { deep: { value: -0.5 } } },
  },
  before: { status: 'paid', total: 100 },
  after: { status: 'paid', total: 100, note: 'refused' },
  metadata: { amount: 12.5, currency: 'EUR', lines: [{ sku: 'x', count: 2 }], urgent: false, none: null },
  occurred_at: '2026-11-20T23:59:59.123456789+01:00',
}
