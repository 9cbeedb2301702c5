// A page of yours that shows a customer's audit log: it makes a viewer token with an API key, which never leaves this
// process, and gives that to the page. Node.js alone; nothing to install.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { COUNTERFOIL_URL = 'http://127.0.0.1:8787', COUNTERFOIL_KEY, PORT = '3000' } = process.env
if (COUNTERFOIL_KEY === undefined) {
  console.error('Set COUNTERFOIL_KEY to an API key with the scopes audit:read and viewer_tokens:create.')
  process.exit(1)
}

const PAGE = readFileSync(new URL('page.html', import.meta.url), 'utf8').replaceAll(
  '{{COUNTERFOIL_URL}}',
  COUNTERFOIL_URL,
)
const SCRIPT = readFileSync(new URL('page.js', import.meta.url), 'utf8')
// As strict as a page can be: no inline script, no inline style. The viewer needs no exception.
const POLICY = `default-src 'none'; script-src 'self' ${COUNTERFOIL_URL}; style-src 'self'; connect-src 'self' ${COUNTERFOIL_URL}; base-uri 'none'; frame-ancestors 'none'`

const server = createServer(async (request, response) => {
  if (request.url === '/') return send(response, 200, 'text/html; charset=utf-8', PAGE)
  if (request.url === '/page.js') return send(response, 200, 'text/javascript; charset=utf-8', SCRIPT)
  if (request.url === '/viewer-token' && request.method === 'POST') return sendToken(response)
  send(response, 404, 'text/plain; charset=utf-8', 'Not found')
})
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${server.address().port}/`)
})

/** In your product: only for somebody who is signed in, and with a query that shows what is theirs. */
async function sendToken(response) {
  try {
    const made = await fetch(new URL('/v1/viewer_tokens', COUNTERFOIL_URL), {
      method: 'POST',
      headers: { authorization: `Bearer ${COUNTERFOIL_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ expires_in_seconds: 600, viewer: 'somebody@example.com', may_export: true }),
    })
    if (made.ok) {
      const { token } = await made.json()
      return send(response, 200, 'application/json', JSON.stringify({ token }))
    }
    console.error('No viewer token was made:', await made.text())
  } catch (error) {
    console.error('Counterfoil cannot be reached:', error)
  }
  send(response, 502, 'application/json', '{}')
}

function send(response, status, type, body) {
  response.writeHead(status, {
    'content-type': type,
    'content-security-policy': POLICY,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}
