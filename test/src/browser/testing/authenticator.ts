import type { Page } from 'playwright-core'
import decodeQR from 'qr/decode.js'
import { fromBase32, totpCode } from '../../../../packages/server/dist/access/totp.js'

const STEP_MS = 30_000
/** Pixels for each module: a camera sees no less. */
const SCALE = 4

/** What a person's authenticator app does: it reads the QR code on the screen and shows codes. */
export class Authenticator {
  readonly #secret: Uint8Array
  /** Each code is taken once. */
  #stepsAhead = 0

  constructor(url: string) {
    const secret = new URL(url).searchParams.get('secret')
    if (secret === null) throw new Error(`no secret in ${url}`)
    this.#secret = fromBase32(secret)
  }

  /** Scans the code that is drawn on the page, as it is drawn. */
  static async scan(page: Page): Promise<Authenticator> {
    const code = page.getByRole('img', { name: /QR code/ })
    const { size, path } = await code.evaluate((svg) => ({
      size: Number(svg.getAttribute('viewBox')?.split(' ')[2]),
      path: svg.querySelector('path')?.getAttribute('d') ?? '',
    }))
    const width = size * SCALE
    const pixels = new Uint8Array(width * width * 4).fill(255)
    for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
      for (let i = 0; i < SCALE * SCALE; i++) {
        const column = Number(x) * SCALE + (i % SCALE)
        const row = Number(y) * SCALE + Math.floor(i / SCALE)
        pixels.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3)
      }
    }
    return new Authenticator(decodeQR({ width, height: width, data: pixels }))
  }

  /** A code that was not given before: of now, then of the next step, which is taken as well. */
  code(): string {
    return totpCode(this.#secret, Date.now() + STEP_MS * this.#stepsAhead++)
  }
}
