import type { Locator, Page } from 'playwright-core'

const STOPS_MAX = 120

/** Somebody without a mouse: Tab goes from stop to stop, and wherever it comes the focus must be seen. */
export class Keyboard {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  /** Goes on with Tab until something has the focus. Throws for a stop whose focus nobody sees. */
  async reach(control: Locator): Promise<void> {
    await control.first().waitFor()
    for (let i = 0; i < STOPS_MAX; i++) {
      if (await control.first().evaluate((element) => element === document.activeElement)) return
      await this.#tab()
    }
    throw new Error(`${control} is not reached by Tab`)
  }

  async press(control: Locator): Promise<void> {
    await this.reach(control)
    await this.#page.keyboard.press('Enter')
  }

  /** Of a box or a switch. */
  async check(control: Locator): Promise<void> {
    await this.reach(control)
    await this.#page.keyboard.press('Space')
  }

  async write(field: Locator, text: string): Promise<void> {
    await this.reach(field)
    await this.#page.keyboard.press('ControlOrMeta+a')
    await this.#page.keyboard.type(text)
  }

  /** An option of a list, by how it begins. */
  async choose(list: Locator, text: string): Promise<void> {
    await this.reach(list)
    await this.#page.keyboard.type(text)
  }

  /** Every stop of the page once, in order. Throws for one whose focus nobody sees. */
  async stops(): Promise<readonly string[]> {
    const stops: string[] = []
    while (stops.length < STOPS_MAX) {
      const stop = await this.#tab()
      if (stop === '') return stops
      stops.push(stop)
    }
    return stops
  }

  /** To the next stop: the beginning of its markup, or nothing behind the last one. */
  async #tab(): Promise<string> {
    await this.#page.keyboard.press('Tab')
    const { isSeen, markup } = await this.#page.evaluate(focused)
    if (!isSeen) throw new Error(`nobody sees the focus of ${markup}`)
    return markup
  }
}

/** What has the focus, and whether that is seen: by an outline of it or of the line it is in, and in the window. Runs in the page. */
async function focused(): Promise<{ readonly isSeen: boolean; readonly markup: string }> {
  const isSeen = (element: Element) => {
    const { left, right, top, bottom, width, height } = element.getBoundingClientRect()
    const isInside = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight
    const isOutlined = [element, element.parentElement, element.parentElement?.parentElement].some((one) => {
      if (one === null || one === undefined) return false
      const { outlineStyle, outlineWidth } = getComputedStyle(one)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
    })
    return isInside && isOutlined && width > 1 && height > 1
  }
  let markup = ''
  for (let frame = 0; frame < 10; frame++) {
    const element = document.activeElement
    if (element === null || element === document.body) return { isSeen: true, markup: '' }
    markup = element.outerHTML.slice(0, 200)
    if (isSeen(element)) return { isSeen: true, markup }
    // What was scrolled into the window is there with the next frame.
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
  return { isSeen: false, markup }
}
