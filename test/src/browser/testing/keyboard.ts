import type { ElementHandle, Locator, Page } from 'playwright-core'

const STOPS_MAX = 120

/** Somebody without a mouse: Tab goes from stop to stop, and wherever it comes the focus must be seen. */
export class Keyboard {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  /** Goes on with Tab until something has the focus. Throws for a stop whose focus nobody sees. */
  async reach(control: Locator): Promise<void> {
    let wanted = await control.first().elementHandle()
    let { isWanted } = await this.#page.evaluate(focused, wanted)
    for (let i = 0; i < STOPS_MAX && !isWanted; i++) {
      const stop = await this.#tab(wanted)
      // What is drawn anew is another element.
      if (stop.isGone) wanted = await control.first().elementHandle()
      isWanted = stop.isWanted
    }
    if (!isWanted) throw new Error(`${control} is not reached by Tab`)
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
      const { markup } = await this.#tab(null)
      if (markup === '') return stops
      stops.push(markup)
    }
    return stops
  }

  async #tab(wanted: ElementHandle | null): Promise<Stop> {
    await this.#page.keyboard.press('Tab')
    const stop = await this.#page.evaluate(focused, wanted)
    if (!stop.isSeen) throw new Error(`nobody sees the focus of ${stop.markup}`)
    return stop
  }
}

/** What has the focus. */
interface Stop {
  /** By an outline of it or of the line it is in, and in the window. */
  readonly isSeen: boolean
  /** The beginning of it; nothing behind the last stop. */
  readonly markup: string
  readonly isWanted: boolean
  /** What is wanted is in the page no more. */
  readonly isGone: boolean
}

/** Runs in the page. */
async function focused(wanted: Node | null): Promise<Stop> {
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
  let unseen: Stop = { isSeen: false, markup: '', isWanted: false, isGone: false }
  for (let frame = 0; frame < 10; frame++) {
    const element = document.activeElement
    const found = { isWanted: wanted !== null && element === wanted, isGone: wanted?.isConnected === false }
    if (element === null || element === document.body) return { isSeen: true, markup: '', ...found }
    const markup = element.outerHTML.slice(0, 200)
    if (isSeen(element)) return { isSeen: true, markup, ...found }
    unseen = { isSeen: false, markup, ...found }
    // What was scrolled into the window is there with the next frame.
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
  return unseen
}
