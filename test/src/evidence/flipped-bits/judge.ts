import { join } from 'node:path'
import { Writable } from 'node:stream'
import { runCli } from '@counterfoil/server/dist/cli/run-cli.js'
import { contentsOf, type EvidenceFile } from './installation.js'

/** What became of a flipped bit. `missed` is what must never be. */
export type Verdict =
  /** `counterfoil fsck` ends with another exit code than 0, and names the store. */
  | { readonly kind: 'found'; readonly said: string }
  /** No reader is given it: every row, column and definition is as it was. */
  | { readonly kind: 'unused' }
  /** In the text that defines a table, and every value of every row is as it was: a name or a type in another spelling. */
  | { readonly kind: 'definition' }
  | { readonly kind: 'missed'; readonly tables: readonly string[] }

/** Names by which the store of a file is named in findings and errors. */
const STORES: Readonly<Record<EvidenceFile, RegExp>> = {
  'journal.db': /journal/i,
  'ledger.db': /ledger/i,
  'signer.db': /signer|checkpoint/i,
}

/** Has `counterfoil fsck` look at an installation in which a bit of `file` was flipped. */
export async function judge(
  directory: string,
  file: EvidenceFile,
  sound: ReadonlyMap<string, string>,
): Promise<Verdict> {
  const { code, output } = await fsck(directory)
  if (code !== 0) {
    if (STORES[file].test(output)) return { kind: 'found', said: output.slice(0, 300) }
    throw new Error(`fsck found something and does not name ${file}: ${output}`)
  }
  const contents = await contentsOf(join(directory, file))
  const tables = [...sound.keys()].filter((table) => contents.get(table) !== sound.get(table))
  if (tables.length === 0) return { kind: 'unused' }
  return tables.join() === 'schema' ? { kind: 'definition' } : { kind: 'missed', tables }
}

async function fsck(directory: string): Promise<{ readonly code: number; readonly output: string }> {
  let output = ''
  const write = () =>
    new Writable({
      write(chunk, _encoding, done) {
        output += String(chunk)
        done()
      },
    })
  // What is no error of ours ends the process with its message, as in main.ts.
  const code = await runCli(['fsck', '--data', directory], {
    environment: {},
    directory,
    stdin: process.stdin,
    stdout: write(),
    stderr: write(),
  }).catch((error: Error) => {
    output += error.message
    return 1
  })
  return { code, output }
}
