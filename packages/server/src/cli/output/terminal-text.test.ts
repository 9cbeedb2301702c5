import { expect, it } from 'vitest'
import { displayWidth, fitToWidth, toTerminalJson, toTerminalText } from './terminal-text.js'

it.each([
  ['an escape sequence', '\x1b[31mred', '\\x1b[31mred'],
  ['a C1 control, which some terminals take for ESC [', '\x9b2J', '\\x9b2J'],
  ['a bell and a backspace', 'a\x07\x08', 'a\\x07\\x08'],
  ['a new line, which would forge a row', 'a\nb', 'a\\nb'],
  ['a carriage return, which would overwrite the row', 'a\rb', 'a\\x0db'],
  ['text turned round', 'a\u202ebc', 'a\\u{202e}bc'],
  ['an invisible character', 'ad\u200bmin', 'ad\\u{200b}min'],
  ['a tag character', 'a\u{e0041}', 'a\\u{e0041}'],
  ['a lone surrogate', 'a\ud800', 'a\\u{d800}'],
])('toTerminalText writes out %s', (_what, text, shown) => {
  expect(toTerminalText(text)).toBe(shown)
})

it('toTerminalText leaves every script as it is', () => {
  const text = 'Ada Lovelace, Ωμέγα, 漢字, עברית, 😀'
  expect(toTerminalText(text)).toBe(text)
})

it('toTerminalJson means the same as before and holds nothing that a terminal obeys', () => {
  const value = { label: '\x1b\x7f\x9b\u202e\u{e0041}😀 漢' }
  const json = toTerminalJson(JSON.stringify(value))
  expect(JSON.parse(json)).toEqual(value)
  expect(json).not.toMatch(/[\x7f-\x9f\u202e]/)
  expect(json).toContain('😀 漢')
})

it.each([
  ['abc', 5, 'abc  '],
  ['abcdef', 6, 'abcdef'],
  ['abcdefg', 6, 'abcde…'],
  ['漢字漢字', 6, '漢字… '],
  ['e\u0301e\u0301e\u0301', 3, 'e\u0301e\u0301e\u0301'],
])('fitToWidth makes %j exactly %i columns wide', (text, width, fitted) => {
  expect(fitToWidth(text, width)).toBe(fitted)
  expect(displayWidth(fitted)).toBe(width)
})
