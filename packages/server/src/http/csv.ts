// Cells of CSV, RFC 4180. This module is loaded in the export thread, too.

const SPECIAL = /[",\r\n]/

/** A text as a cell, in quotes where it needs them. */
export function toCell(text: string): string {
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * What makes Excel, LibreOffice or Google Sheets take a cell for a formula: a sign at its start, also as a full-width
 * character, after blanks, or after a control character that ends a cell in some of them.
 */
const FORMULA = /^(?:[\s\0]*[=+\-@|%＝＋－＠]|[\t\r\n\0])/

/** An apostrophe before it makes a cell text (OWASP ASVS 1.2.10). */
export function withoutFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}
