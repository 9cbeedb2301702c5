import type { Expectation } from './expectations.js'

/** What the matrix expects of retention and legal holds. Letting something go for real is for lifecycle's tests. */
export const RETENTION: Readonly<Record<string, Expectation>> = {
  'GET /v1/retention': { needs: 'retention.read', ok: 200 },
  'GET /v1/retention/preview': { needs: 'retention.read', ok: 200 },
  'GET /v1/legal_holds': { needs: 'retention.read', ok: 200 },
  'PUT /v1/retention/policies': {
    needs: 'retention.manage',
    ok: 200,
    notes: 1,
    body: () => ({ category: 'matrix', keep_days: 36_500, removes: 'content' }),
  },
  'DELETE /v1/retention/policies/:id': { needs: 'retention.manage', ok: 404 },
  'POST /v1/retention/runs': { needs: 'retention.manage', ok: 201, notes: 1, body: () => ({}) },
  'GET /v1/archives': { needs: 'retention.read', ok: 200 },
  // There is nowhere to put archives here; lifecycle's tests make some.
  'POST /v1/archives': { needs: 'retention.manage', ok: 409, body: () => ({}) },
  'POST /v1/legal_holds': {
    needs: 'retention.manage',
    ok: 201,
    notes: 1,
    body: () => ({ name: 'A cell', reason: 'a test of the matrix', query: 'action:matrix.cell' }),
  },
  'POST /v1/legal_holds/:id/lift': {
    needs: 'retention.manage',
    ok: 404,
    body: () => ({ reason: 'a test of the matrix' }),
  },
}
