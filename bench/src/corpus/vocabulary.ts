/** What the sample company's product records. Weights are shares of all entries, most frequent first. */
export interface Activity {
  readonly action: string
  readonly category: string
  readonly resource: string
  /** Goes between the actor's name and the resource's label. */
  readonly phrase: string
  readonly weight: number
  /** Severity when it succeeds. */
  readonly severity: 'debug' | 'info' | 'notice' | 'warning' | 'security'
  /** Fields that such an entry shows before and after; none for actions that change nothing. */
  readonly changes: readonly string[]
}

const activity = (
  action: string,
  category: string,
  phrase: string,
  weight: number,
  severity: Activity['severity'] = 'info',
  changes: readonly string[] = [],
): Activity => ({ action, category, phrase, weight, severity, changes, resource: action.split('.')[0]! })

export const ACTIVITIES: readonly Activity[] = [
  activity('order.viewed', 'access', 'looked at', 180, 'debug'),
  activity('order.created', 'operation', 'placed', 120),
  activity('order.updated', 'operation', 'changed the shipping address of', 100, 'info', [
    'status',
    'address',
  ]),
  activity('session.created', 'authentication', 'signed in with', 90, 'notice'),
  activity('invoice.viewed', 'access', 'opened the invoice', 70, 'debug'),
  activity('payment.captured', 'operation', 'captured the payment', 60),
  activity('session.ended', 'authentication', 'signed out of', 50),
  activity('shipment.updated', 'operation', 'moved to the next carrier stop', 50, 'info', [
    'status',
    'carrier',
  ]),
  activity('invoice.created', 'operation', 'issued the invoice', 40),
  activity('customer.updated', 'operation', 'edited the record of', 35, 'info', ['plan', 'address']),
  activity('document.downloaded', 'export', 'downloaded', 30, 'notice'),
  activity('webhook.delivered', 'system', 'delivered an event to', 30, 'debug'),
  activity('product.updated', 'operation', 'repriced', 25, 'info', ['price_cents', 'status']),
  activity('payment.refunded', 'operation', 'approved a refund of', 20, 'warning', ['status', 'price_cents']),
  activity('job.completed', 'system', 'finished the nightly run of', 20),
  activity('customer.created', 'operation', 'registered', 15),
  activity('report.exported', 'export', 'exported the quarterly numbers in', 12, 'notice'),
  activity('webhook.updated', 'operation', 'pointed to a new address the endpoint', 8, 'notice', [
    'url',
    'status',
  ]),
  activity('user.invited', 'access', 'invited a colleague to', 8, 'notice'),
  activity('role.assigned', 'access', 'granted a role on', 7, 'warning', ['role']),
  activity('role.removed', 'access', 'withdrew a role on', 4, 'warning', ['role']),
  activity('api_key.created', 'access', 'issued a key for', 4, 'security'),
  activity('api_key.revoked', 'access', 'revoked a key for', 3, 'security'),
  activity('password.changed', 'authentication', 'chose a new password for', 3, 'security'),
  activity('mfa.enrolled', 'authentication', 'enrolled a second factor for', 3, 'security'),
  activity('policy.updated', 'access', 'tightened the policy', 2, 'warning', ['role', 'status']),
  activity('export.scheduled', 'export', 'scheduled a recurring export of', 2, 'notice'),
  activity('workspace.renamed', 'operation', 'renamed', 1, 'notice', ['name']),
  activity('account.closed', 'operation', 'closed the account', 1, 'warning', ['status']),
]

export const FIRST_NAMES =
  'Ada Björn Chiara Dmitri Elif Farah Grace Hiroshi Inés Jonas Khadija Lena Mateo Nadia Oskar Priya Quentin Rosa Søren Tamar Uma Viktor Wanjiku Xiomara Yusuf Zoë'.split(
    ' ',
  )
export const LAST_NAMES =
  'Abara Bergström Castellano Duarte Eriksen Fontaine Greenfield Haddad Ivanova Jankowski Kowalczyk Lindqvist Marchetti Nakamura Okonkwo Petrov Quintero Rasmussen Silva Tanaka Ueda Vasquez Weissmann Xu Yilmaz Zimmermann'.split(
    ' ',
  )
export const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
  'okhttp/4.12.0',
  'python-requests/2.32.3',
  'Go-http-client/2.0',
  'northwind-ios/8.2.1 (iPhone16,2; iOS 18.1)',
]
export const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1', 'us-west-2', 'ap-southeast-2', 'sa-east-1']
export const SERVICES = ['storefront', 'orders-api', 'billing', 'identity', 'warehouse', 'partner-gateway']
export const CURRENCIES = ['EUR', 'USD', 'GBP', 'SEK', 'JPY', 'BRL']
export const TAGS = [
  'gift',
  'express',
  'wholesale',
  'preorder',
  'fragile',
  'subscription',
  'export-licence',
  'vip',
]
export const STREETS =
  'Harbour Elm Station Mill Kirk Orchard Quarry Bridge Linden Foundry Chapel Meadow'.split(' ')
export const CITIES =
  'Aarhus Bologna Cork Dresden Eindhoven Fukuoka Ghent Helsinki Izmir Kraków Leeds Malmö'.split(' ')
export const WORDS =
  'after approval because customer asked during migration from legacy tariff manual review by support desk following escalation pending stock correction under contract renewal window according to agreed schedule without further checks'.split(
    ' ',
  )
/** Values of a field that an entry shows before and after. */
export const STATES = [
  'pending',
  'confirmed',
  'packed',
  'in_transit',
  'delivered',
  'on_hold',
  'returned',
  'archived',
]
