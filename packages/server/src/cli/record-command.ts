import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { AppError, BODY_BYTES_MAX } from '@counterfoil/core'
import { openApiClient, type Recording } from './api/api-client.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { formatSeconds } from './output/progress.js'
import { toTerminalText } from './output/terminal-text.js'
import { ENTRY_OPTIONS, entryFromOptions, hasEntryOptions } from './record-body.js'

export const record: Command = {
  name: 'record',
  summary: 'Record one entry from options, or entries from a file or standard input.',
  usage: '--action <slug> [options]  |  --file <file>  |  < entries.json',
  options: {
    ...ENTRY_OPTIONS,
    file: {
      kind: 'text',
      value: '<file>',
      description: 'JSON or NDJSON of entries instead of options; "-" is standard input.',
    },
    'idempotency-key': {
      kind: 'text',
      value: '<key>',
      description: 'Running it again with this key and the same entry records nothing again.',
    },
  },
  settings: ['url', 'key'],
  positionals: { min: 0, max: 0 },
  notes: `
Example:
  counterfoil record --action order.created --actor user:u_1 --actor-label Ada --resource order:42 \\
    --metadata channel=web --metadata total:=42.50`,
  run: async (input) => {
    const { body, format } = await readBody(input)
    const client = openApiClient(input.settings.values, 'audit:write', {
      onRetry: (reason, waitMs) =>
        input.options.json === true ||
        input.world.stderr.write(`${reason} Trying again in ${formatSeconds(waitMs / 1_000)}.\n`),
    })
    // A key of our own, so that the request can be repeated when its answer is lost.
    const idempotencyKey = (input.options['idempotency-key'] as string | undefined) ?? randomUUID()
    printReceipts(input, await client.record(body, { format, idempotencyKey }))
    return EXIT.ok
  },
}

async function readBody(input: CommandInput): Promise<{ body: Uint8Array; format: 'json' | 'ndjson' }> {
  const file = input.options.file as string | undefined
  if (hasEntryOptions(input)) {
    if (file === undefined) return { body: Buffer.from(entryFromOptions(input)), format: 'json' }
    throw new AppError('invalid_request', {
      param: 'file',
      hint: 'Give --file or the options of one entry, not both.',
    })
  }
  if (file === undefined && input.world.stdin.isTTY === true) {
    throw new AppError('invalid_request', {
      hint: 'Say what to record: --action and its friends, --file <file>, or JSON on standard input. "counterfoil record --help" shows more.',
    })
  }
  const body = await readAll(input, file ?? '-')
  return { body, format: isOneJson(body) ? 'json' : 'ndjson' }
}

async function readAll({ world }: CommandInput, file: string): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of file === '-' ? world.stdin : createReadStream(resolve(world.directory, file))) {
      parts.push(Buffer.from(chunk as Uint8Array))
      length += (chunk as Uint8Array).length
      if (length > BODY_BYTES_MAX) break
    }
  } catch (cause) {
    throw new AppError('invalid_request', {
      hint: `${file} cannot be read: ${(cause as Error).message}.`,
      cause,
    })
  }
  if (length > BODY_BYTES_MAX) {
    throw new AppError('body_too_large', {
      hint: `This is more than ${BODY_BYTES_MAX} bytes. "counterfoil import <file> --from ndjson" takes any size.`,
    })
  }
  return Buffer.concat(parts)
}

/** Whether the bytes are one JSON text; if not, they are a line for each entry, or the server says what is wrong. */
function isOneJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString())
    return true
  } catch {
    // Two lines or more that begin as objects do: NDJSON, even if one of them is damaged.
    return !/^\s*\{.*\}\s*\n\s*\{/.test(body.subarray(0, 1 << 20).toString())
  }
}

function printReceipts({ world, options }: CommandInput, { receipts, replayed }: Recording): void {
  if (options.json === true) {
    for (const receipt of receipts) world.stdout.write(`${JSON.stringify(receipt)}\n`)
    return
  }
  for (const { id, seq, entry_hash, recorded_at, flags = [] } of receipts) {
    world.stdout.write(`${id}  seq ${seq}  ${recorded_at}\n  entry hash ${entry_hash}\n`)
    for (const { pointer, message } of flags)
      world.stdout.write(`  flagged at ${toTerminalText(`${pointer}: ${message}`)}\n`)
  }
  if (replayed === 'all') world.stdout.write('Recorded already; nothing was recorded again.\n')
  if (replayed === 'some') world.stdout.write('Some of these were recorded already, and not again.\n')
}
