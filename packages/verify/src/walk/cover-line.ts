import {
  type DisclosureScanner,
  type ErasureCoverage,
  mayRecordDeletion,
  type RecordedDeletion,
  readDeletion,
  type SectionPath,
} from '@counterfoil/core'

const decoder = new TextDecoder()

/** Takes in which sections of a line are gone, and what its entry says was taken away. */
export function coverLine(coverage: ErasureCoverage, line: DisclosureScanner): void {
  for (let i = 0; i < line.count; i++) {
    const { jsonStart } = line.sections[i]!
    if (jsonStart < 0) coverage.erased(line.seq, line.pathOf(i))
    else if (mayRecordDeletion(line.bytes, jsonStart) && line.pathOf(i) === '/event') {
      const deletion = deletionOf(line)
      if (deletion !== undefined) coverage.add(deletion)
    }
  }
}

/** What the entry of a line says was taken away; undefined for nearly every entry. */
export function deletionOf(line: DisclosureScanner): RecordedDeletion | undefined {
  const event = textOf(line, '/event')
  return event === undefined ? undefined : readDeletion(event, textOf(line, '/payload'))
}

function textOf(line: DisclosureScanner, path: SectionPath): string | undefined {
  for (let i = 0; i < line.count; i++) {
    const { jsonStart, jsonEnd } = line.sections[i]!
    if (jsonStart >= 0 && line.pathOf(i) === path)
      return decoder.decode(line.bytes.subarray(jsonStart, jsonEnd))
  }
  return undefined
}
