import { callWithKey } from '../api/client.js'

/** A viewer token made with an API key, which is given along and kept nowhere. Throws `ApiError`. */
export async function makeViewerToken(
  key: string,
  body: {
    readonly query: string | undefined
    readonly may_export: boolean
    readonly expires_in_seconds: number
  },
): Promise<string> {
  return (await callWithKey<{ readonly token: string }>(key, 'POST', '/v1/viewer_tokens', body)).token
}
