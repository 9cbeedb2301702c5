import { readFile } from 'node:fs/promises'

/** The page that verifies a bundle in a browser, for putting it into one. */
export async function bundlePage(): Promise<Uint8Array> {
  return readFile(new URL('../page/verify.html', import.meta.url))
}
