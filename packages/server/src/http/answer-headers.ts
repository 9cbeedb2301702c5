/** Headers of every answer: nothing of a log is stored on the way, and nothing is taken for another type. */
export function answerHeaders(requestId: string): Readonly<Record<string, string>> {
  return {
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  }
}
