import type { Expectation } from './expectations.js'

/** What the matrix expects of operators' routes about logs. None has such an id here; platform-logs.test.ts asks for some that are there. */
export const PLATFORM_LOGS: Readonly<Record<string, Expectation>> = {
  'GET /v1/platform/logs': { needs: 'platform.logs.read', ok: 200 },
  'GET /v1/platform/logs/:id': { needs: 'platform.logs.read', ok: 404 },
  'POST /v1/platform/logs/:id/key_rotations': {
    needs: 'platform.logs.manage',
    ok: 404,
    body: () => ({}),
  },
  'POST /v1/platform/logs/:id/epochs': {
    needs: 'platform.logs.manage',
    ok: 404,
    body: () => ({ reason: 'a test of the matrix' }),
  },
}
