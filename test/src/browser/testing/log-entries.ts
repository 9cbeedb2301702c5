import { Random } from '../../support/random.js'

// A small company's day: what pages are shown and searched with.

const PEOPLE = [
  ['Ada Lindqvist', 'ada.lindqvist'],
  ['Björn Haddad', 'bjorn.haddad'],
  ['Chiara Duarte', 'chiara.duarte'],
  ['Dmitri Okonkwo', 'dmitri.okonkwo'],
  ['Farah Nakamura', 'farah.nakamura'],
  ['Inés Castellano', 'ines.castellano'],
  ['Jonas Weissmann', 'jonas.weissmann'],
  ['Zoë Rasmussen', 'zoe.rasmussen'],
] as const
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
  'Northwind/8.2.1 (iPhone16,2; iOS 18.1)',
] as const
const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1'] as const

type Fields = Readonly<Record<string, unknown>>
type Template = readonly [
  weight: number,
  action: string,
  severity: string,
  label: string,
  more: (number: number) => Fields,
]

const TEMPLATES: readonly Template[] = [
  [20, 'order.viewed', 'debug', 'Order', () => ({})],
  [
    22,
    'order.created',
    'info',
    'Order',
    (n) => ({ metadata: { order: { total_cents: n % 50_000, currency: 'EUR' } } }),
  ],
  [
    14,
    'order.updated',
    'info',
    'Order',
    (n) => ({
      before: { status: 'open', address: { city: 'Basel', line: '12 Rhine Street' }, items: 3 },
      after: { status: 'shipped', address: { city: 'Zürich', line: '12 Rhine Street' }, items: 3 + (n % 2) },
    }),
  ],
  [12, 'session.created', 'notice', 'Session', () => ({ category: 'authentication' })],
  [8, 'invoice.paid', 'info', 'Invoice', (n) => ({ metadata: { amount_cents: n % 90_000 } })],
  [6, 'report.exported', 'notice', 'Report', () => ({ category: 'export' })],
  [
    5,
    'payment.refunded',
    'warning',
    'Payment',
    () => ({ before: { status: 'captured' }, after: { status: 'refunded' } }),
  ],
  [4, 'session.refused', 'warning', 'Session', () => ({ category: 'authentication', outcome: 'denied' })],
  [
    3,
    'role.assigned',
    'security',
    'Role',
    () => ({ category: 'access', before: { role: 'member' }, after: { role: 'admin' } }),
  ],
  [3, 'webhook.delivered', 'error', 'Webhook', () => ({ outcome: 'failure', error_code: 'E502' })],
  [
    1,
    'backup.failed',
    'critical',
    'Backup',
    () => ({ category: 'system', outcome: 'failure', error_code: 'EDISK' }),
  ],
]
const TICKETS = TEMPLATES.flatMap((template) => Array<Template>(template[0]).fill(template))

/** So many entries; the same for the same seed. */
export function logEntries(seed: number, count: number): readonly Fields[] {
  const random = new Random(seed)
  const below = (limit: number) => random.between(0, limit - 1)
  return Array.from({ length: count }, () => {
    const [, action, severity, label, more] = TICKETS[below(TICKETS.length)] as Template
    const place = Math.floor(below(PEOPLE.length) * random.next())
    const [name, account] = PEOPLE[place] as (typeof PEOPLE)[number]
    const number = 10_000 + below(80_000)
    const type = action.split('.')[0] as string
    return {
      action,
      severity,
      actor: {
        type: 'user',
        id: `usr_${account.replace('.', '_')}`,
        name,
        email: `${account}@northwind.example`,
      },
      resource: { type, id: `${type.slice(0, 3)}_${number.toString(36)}`, label: `${label} ${number}` },
      context: {
        ip_address: `${place % 2 === 0 ? '203.0.113' : '198.51.100'}.${10 + place * 7}`,
        user_agent: AGENTS[place % AGENTS.length],
        region: REGIONS[place % REGIONS.length],
        session_id: `ses_${account.slice(0, 4)}${below(40)}`,
        request_id: `req_${number.toString(36)}${below(1_000_000).toString(36)}`,
      },
      source: { name: 'storefront' },
      workspace: { id: 'ws_main', name: 'Main' },
      ...more(number),
    }
  })
}
