/**
 * Rows of RFC 4180 text, read strictly and not by what wrote it: every line ends with CRLF, a cell with a quote, comma
 * or line break is quoted, and no other character is out of place. Throws where it is not so.
 */
export function readCsv(text: string): string[][] {
  const rows: string[][] = []
  for (let at = 0; at < text.length; ) {
    const row: string[] = []
    for (;;) {
      const cell = readCell(text, at)
      row.push(cell.value)
      at = cell.end
      if (text[at] !== ',') break
      at += 1
    }
    if (text.slice(at, at + 2) !== '\r\n')
      throw new Error(`no CRLF at ${at}: ${JSON.stringify(text.slice(at, at + 20))}`)
    at += 2
    rows.push(row)
  }
  return rows
}

function readCell(text: string, start: number): { readonly value: string; readonly end: number } {
  const quoted = /"((?:[^"]|"")*)"/y
  const plain = /[^",\r\n]*/y
  quoted.lastIndex = plain.lastIndex = start
  const match = quoted.exec(text)
  if (match !== null) return { value: (match[1] as string).replaceAll('""', '"'), end: quoted.lastIndex }
  return { value: (plain.exec(text) as RegExpExecArray)[0], end: plain.lastIndex }
}
