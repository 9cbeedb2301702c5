import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { axeViolations, longestMotion } from './watched-page.js'

const WINDOWS = [
  ['light', 1280, 800, {}],
  ['dark', 1280, 800, { rules: 'of colours', isOverlayOnly: true }],
  ['light', 320, 640, { isOverlayOnly: true }],
] as const
/** A window of 1280 by 800 at 200 %. */
const ZOOMED = { width: 640, height: 400 }
const USUAL = { width: 1280, height: 800 }
/** Seconds. */
const STILL_MAX = 0.001
const MOVING_MIN = 0.05

/**
 * Holds what a page shows to what everybody needs: axe finds nothing in either theme, nor where it is as narrow as a telephone
 * at four hundred percent; nothing is wider than its window; and nothing moves for those who asked for less motion.
 */
export async function expectGoodLooks(page: Page, name: string): Promise<void> {
  for (const [colorScheme, width, height, scope] of WINDOWS) {
    const where = `${name}, ${colorScheme}, ${width}`
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
    // Colours fade from one theme to the other.
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
    expect([where, ...(await axeViolations(page, scope))]).toEqual([where])
    await expectToFit(page, where, width)
  }
  await page.setViewportSize(ZOOMED)
  await expectToFit(page, `${name}, zoomed`, ZOOMED.width)
  await page.setViewportSize(USUAL)
  await expectStill(page, name)
}

async function expectToFit(page: Page, where: string, width: number): Promise<void> {
  const needed = await page.evaluate(() => document.documentElement.scrollWidth)
  expect([where, needed]).toEqual([where, Math.min(needed, width)])
}

async function expectStill(page: Page, name: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'no-preference' })
  // Every page has buttons, which fade: a measure that finds nothing would find nothing anywhere.
  expect([name, (await longestMotion(page)) > MOVING_MIN]).toEqual([name, true])
  await page.emulateMedia({ reducedMotion: 'reduce' })
  expect([name, (await longestMotion(page)) < STILL_MAX]).toEqual([name, true])
}
