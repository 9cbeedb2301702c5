import type { Outcome, Report } from '../report.js'
import { CHECK_WORDS, LEVEL_WORDS } from '../report-words.js'

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  passed: 'passed     ',
  FAILED: 'FAILED     ',
  not_checked: 'not checked',
}
const PROBLEMS_SHOWN = 20

/** A report for a person to read, lines with newlines. */
export function reportLines(report: Report): string {
  const { verdict, level, sections, problems, problem_count } = report
  const lines = [verdict === 'verified' ? `VERIFIED, ${level}: ${LEVEL_WORDS[level]}.` : 'FAILED', '']
  if (report.origin !== null) lines.push(`  log         ${plain(report.origin)}`)
  if (report.size !== null) lines.push(`  checkpoint  ${count(report.size)} entries, root ${report.root}`)
  if (report.entries > 0)
    lines.push(`  entries     ${count(report.entries)}, seq ${report.first_seq} to ${report.last_seq}`)
  if (report.pruned_before > 0)
    lines.push(`  PRUNED      entries before ${count(report.pruned_before)} are gone: verified from there on`)
  if (sections.verified + sections.redacted + sections.FAILED > 0)
    lines.push(
      `  sections    ${count(sections.verified)} verified, ${count(sections.redacted)} redacted, ${count(sections.FAILED)} FAILED`,
    )
  for (const { name, at } of report.cosigned_by) lines.push(`  cosigned    by ${plain(name)} at ${at}`)
  lines.push('', ...CHECK_WORDS.map(([check, what]) => `  ${OUTCOMES[report.checks[check]]}  ${what}`))
  if (problem_count > 0) lines.push('')
  for (const { code, detail, seq, path } of problems.slice(0, PROBLEMS_SHOWN)) {
    const where = [seq === undefined ? [] : [`entry ${seq}`], path === undefined ? [] : [path]].flat()
    lines.push(`  ${where.length > 0 ? `${where.join(', ')}: ` : ''}${code}: ${plain(detail)}`)
  }
  if (problem_count > PROBLEMS_SHOWN) lines.push(`  and ${count(problem_count - PROBLEMS_SHOWN)} more`)
  if (report.notes.length > 0) lines.push('', ...report.notes.map((note) => `  Note: ${note}`))
  return `${lines.join('\n')}\n`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** Text from the evidence must not steer a terminal. */
function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]/g, '?')
}
