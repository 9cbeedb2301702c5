/**
 * Characters that would act on a terminal instead of being shown on it, or would show a line other than it is:
 * control characters, ESC among them, marks that turn the direction of text, line separators, characters without
 * width, tags.
 */
const UNSHOWABLE =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu
const COMBINING = /^[\p{Mn}\p{Me}]$/u
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u

/** Text from a stranger as it may be printed: what a terminal would obey is written out, as in `\x1b`. */
export function toTerminalText(text: string): string {
  return text.replace(UNSHOWABLE, (character) => {
    const code = character.codePointAt(0) as number
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** The same JSON text, with every character that a terminal would obey as a JSON escape. */
export function toTerminalJson(json: string): string {
  return json.replace(UNSHOWABLE, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** Columns that text takes in a terminal. */
export function displayWidth(text: string): number {
  // Plain ASCII, which nearly all is, needs no look at each character.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Text in exactly `width` columns: filled up with blanks, or cut with an ellipsis. */
export function fitToWidth(text: string, width: number): string {
  const given = displayWidth(text)
  if (given <= width) return text + ' '.repeat(width - given)
  let cut = ''
  let used = 0
  for (const character of text) {
    const next = characterWidth(character)
    if (used + next > width - 1) break
    cut += character
    used += next
  }
  return `${cut}…${' '.repeat(width - used - 1)}`
}

function characterWidth(character: string): number {
  if (COMBINING.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
