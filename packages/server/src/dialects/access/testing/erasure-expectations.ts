import type { Expectation } from './expectations.js'

/** What the matrix expects of erasing. */
export const ERASURES: Readonly<Record<string, Expectation>> = {
  'GET /v1/erasures': { needs: 'entries.erase', ok: 200 },
  // None was made; erasing for real takes a preview, which lifecycle's tests do.
  'GET /v1/erasures/:id': { needs: 'entries.erase', ok: 404 },
  'POST /v1/erasures/preview': {
    needs: 'entries.erase',
    ok: 201,
    body: () => ({ sections: ['/payload'], query: 'action:matrix.cell' }),
  },
  'POST /v1/erasures': {
    needs: 'entries.erase',
    ok: 409,
    body: () => ({
      sections: ['/payload'],
      query: 'action:matrix.cell',
      digest: '0'.repeat(64),
      reason: 'a test of the matrix',
      legal_basis: 'none',
    }),
  },
}
