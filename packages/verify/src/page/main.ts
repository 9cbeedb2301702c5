import { EvidenceError } from '@counterfoil/core'
import type { Files } from '../files-source.js'
import type { Outcome, Report } from '../report.js'
import { CHECK_WORDS, LEVEL_WORDS } from '../report-words.js'
import { canVerify } from './browser-platform.js'
import { chosenFiles, droppedFiles } from './dropped-files.js'
import { readTrust, verifyFiles } from './verify-files.js'

const PROBLEMS_SHOWN = 50
const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  passed: 'passed',
  FAILED: 'FAILED',
  not_checked: 'not checked',
}

const dropZone = byId('drop', HTMLElement)
const keys = byId('keys', HTMLTextAreaElement)
const kept = byId('kept', HTMLTextAreaElement)
const progress = byId('progress', HTMLProgressElement)
const status = byId('status', HTMLElement)
const result = byId('result', HTMLElement)
let last: Files | undefined
let isBusy = false

document.addEventListener('dragover', (event) => {
  event.preventDefault()
  dropZone.classList.add('over')
})
document.addEventListener('dragleave', () => dropZone.classList.remove('over'))
document.addEventListener('drop', (event) => {
  event.preventDefault()
  dropZone.classList.remove('over')
  if (event.dataTransfer !== null) void run(droppedFiles(event.dataTransfer.items))
})
for (const id of ['directory', 'file']) {
  const input = byId(id, HTMLInputElement)
  input.addEventListener('change', () => {
    if (input.files !== null && input.files.length > 0) void run(Promise.resolve(chosenFiles(input.files)))
  })
  byId(`choose-${id}`, HTMLButtonElement).addEventListener('click', () => {
    input.value = ''
    input.click()
  })
}
byId('again', HTMLButtonElement).addEventListener('click', () => {
  if (last !== undefined) void run(Promise.resolve(last))
})
void canVerify().then((can) => {
  if (!can)
    say('This browser cannot verify Ed25519 signatures. Chrome and Edge 137, Firefox 129 and Safari 17 can.')
})

async function run(gathering: Promise<Files>): Promise<void> {
  if (isBusy) return
  isBusy = true
  result.replaceChildren()
  progress.hidden = false
  progress.removeAttribute('value')
  say('Reading…')
  try {
    const files = await gathering
    last = files
    const report = await verifyFiles(
      files,
      readTrust({ keys: keys.value, kept: kept.value }),
      (done, total) => {
        progress.max = total
        progress.value = done
        say(`${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} entries`)
      },
    )
    show(report)
  } catch (error) {
    const text = error instanceof EvidenceError ? error.message : `It cannot be read: ${String(error)}`
    result.append(element('p', 'verdict failed', text))
    say('Nothing was verified.')
  } finally {
    progress.hidden = true
    isBusy = false
  }
}

function show(report: Report): void {
  const isVerified = report.verdict === 'verified'
  const title = isVerified ? `Verified, ${report.level}: ${LEVEL_WORDS[report.level]}.` : 'FAILED'
  say(isVerified ? 'Done: verified.' : 'Done: FAILED.')
  result.append(
    element('h2', `verdict ${isVerified ? (report.level === 'L0' ? 'partly' : 'passed') : 'failed'}`, title),
  )
  for (const note of report.notes) result.append(element('p', 'note', note))
  const facts = element('dl')
  const fact = (name: string, value: string) =>
    facts.append(element('dt', '', name), element('dd', '', value))
  if (report.origin !== null) fact('Log', report.origin)
  if (report.size !== null) fact('Checkpoint', `${count(report.size)} entries, root ${report.root}`)
  if (report.entries > 0)
    fact('Entries', `${count(report.entries)}, seq ${report.first_seq} to ${report.last_seq}`)
  if (report.pruned_before > 0) fact('Pruned', `entries before ${count(report.pruned_before)} are gone`)
  const { verified, redacted, FAILED } = report.sections
  if (verified + redacted + FAILED > 0)
    fact('Sections', `${count(verified)} verified, ${count(redacted)} redacted, ${count(FAILED)} FAILED`)
  for (const { name, at } of report.cosigned_by) fact('Cosigned', `by ${name} at ${at}`)
  const table = element('table')
  for (const [check, what] of CHECK_WORDS) {
    const outcome = report.checks[check]
    const row = element('tr')
    row.append(element('td', outcome, OUTCOME_WORDS[outcome]), element('td', '', what))
    table.append(row)
  }
  result.append(facts, table)
  if (report.problem_count > 0) result.append(problemList(report))
}

function problemList({ problems, problem_count }: Report): HTMLElement {
  const list = element('ul')
  for (const { code, detail, seq, path } of problems.slice(0, PROBLEMS_SHOWN)) {
    const where = [seq === undefined ? '' : `entry ${seq}`, path ?? '']
      .filter((part) => part !== '')
      .join(', ')
    list.append(element('li', '', `${where === '' ? '' : `${where}: `}${code}: ${detail}`))
  }
  if (problem_count > PROBLEMS_SHOWN)
    list.append(element('li', '', `and ${count(problem_count - PROBLEMS_SHOWN)} more`))
  return list
}

function say(text: string): void {
  status.textContent = text
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** Text goes in as text: what evidence says is never markup. */
function element(name: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

function byId<E extends HTMLElement>(id: string, type: { new (): E }): E {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`The page has no ${id}.`)
  return found
}
