import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTheme } from '../theme/theme.js'
import { CheckField } from '../ui/check.js'
import { TextField } from '../ui/field.js'
import { Form, optionalText, textOf } from '../ui/form.js'
import { CodeBlock } from '../ui/secret.js'
import { Card, Sheet } from '../ui/sheet.js'
import { makeViewerToken } from './viewer-token.js'
import './embed.css'

const SCRIPT = '/viewer/counterfoil-viewer.js'

/** The embeddable viewer, tried out with a key of one's own, and what to copy into a page. */
export function EmbedPage() {
  const [token, setToken] = useState<string>()
  const make = async (fields: FormData) => {
    setToken(
      await makeViewerToken(textOf(fields, 'key'), {
        query: optionalText(fields, 'query'),
        may_export: fields.get('may_export') === 'on',
        expires_in_seconds: 600,
      }),
    )
  }
  return (
    <Sheet
      title="Embedding"
      intro="Show your customers their log inside your own product: a web component that reads with a short-lived viewer token."
    >
      <Card title="In your page">
        <CodeBlock label="Lines for your page" code={pageLines()} />
      </Card>
      <Card
        title="In your server"
        intro="It makes a token for somebody who is signed in, with a key that has the scopes audit:read and viewer_tokens:create. The key never leaves your server."
      >
        <CodeBlock label="Request for a viewer token" code={tokenLines()} />
        <Step>
          The server’s setting <code>viewer_origins</code> must name your page’s origin, such as
          https://app.example.com. No other origin may read.
        </Step>
      </Card>
      <Card
        title="Try it"
        intro="With such a key. It is used once, to make a token of ten minutes, and not kept."
      >
        <Form submit="Show the viewer" onSubmit={make}>
          <TextField
            label="API key"
            name="key"
            type="password"
            autoComplete="off"
            spellCheck={false}
            required
          />
          <TextField
            label="Show only"
            name="query"
            spellCheck={false}
            placeholder="workspace:w_1"
            hint="Search text without times; everything when left empty."
          />
          <CheckField label="It may export" name="may_export" />
        </Form>
        {token !== undefined && <Viewer token={token} />}
      </Card>
    </Sheet>
  )
}

function Step({ children }: { readonly children: ReactNode }) {
  return <p className="soft">{children}</p>
}

/** The very component that others embed, from this server. */
function Viewer({ token }: { readonly token: string }) {
  const place = useRef<HTMLDivElement>(null)
  const theme = useTheme()
  useEffect(() => {
    const viewer = document.createElement('counterfoil-viewer')
    viewer.setAttribute('src', location.origin)
    viewer.setAttribute('token', token)
    if (theme !== 'system') viewer.setAttribute('theme', theme)
    place.current?.replaceChildren(viewer)
    void import(/* @vite-ignore */ SCRIPT)
  }, [token, theme])
  return <div ref={place} className="embed-viewer" />
}

function pageLines(): string {
  return `<script type="module" src="${location.origin}${SCRIPT}"></script>
<counterfoil-viewer src="${location.origin}"></counterfoil-viewer>

// and in a script of yours:
document.querySelector('counterfoil-viewer').fetchToken = async () => {
  const answer = await fetch('/viewer-token', { method: 'POST' })
  return (await answer.json()).token
}`
}

function tokenLines(): string {
  return `curl ${location.origin}/v1/viewer_tokens \\
  -H "Authorization: Bearer $COUNTERFOIL_KEY" \\
  -d '{"expires_in_seconds": 600, "query": "workspace:w_1", "viewer": "u_77"}'`
}
