import { setImmediate as nextTurn } from 'node:timers/promises'
import { type MessagePort, parentPort, type Transferable, Worker, workerData } from 'node:worker_threads'
import { AppError, type ErrorCode } from '@counterfoil/core'

/** A method call on its way to a thread. */
interface Call {
  readonly call: number
  readonly method: string
  readonly args: readonly unknown[]
}

type Answer =
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly error: CarriedError }

/** An error that crosses threads: a structured clone would lose the code. */
interface CarriedError {
  readonly code: ErrorCode | undefined
  readonly message: string
  readonly stack: string | undefined
  readonly hint: string | undefined
  readonly param: string | undefined
  readonly cause: string | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: arguments of any method pass through; the public types are ThreadMethods'.
type Method = (...args: any[]) => unknown
/** What a thread offers: named methods whose arguments and results can be cloned. */
export type ThreadMethods = Readonly<Record<string, Method>>
export type ThreadClient<Methods extends ThreadMethods> = {
  readonly [Name in keyof Methods]: (
    ...args: MovableEach<Parameters<Methods[Name]>>
  ) => Promise<Awaited<ReturnType<Methods[Name]>>>
}
type MovableEach<Args extends readonly unknown[]> = { [I in keyof Args]: Args[I] | Moved<Args[I]> }

/** Buffers to move instead of copy, marked by who passes or returns them; they are gone where they were. */
export class Moved<T> {
  readonly value: T
  readonly buffers: readonly ArrayBuffer[]
  constructor(value: T, buffers: readonly ArrayBuffer[]) {
    this.value = value
    this.buffers = buffers
  }
}

/** Methods of a thread as the main thread sees them: what they move arrives as itself. */
export type AnsweredMethods<Methods extends ThreadMethods> = {
  [Name in keyof Methods]: (...args: Parameters<Methods[Name]>) => Unmoved<Awaited<ReturnType<Methods[Name]>>>
}
type Unmoved<T> = T extends Moved<infer Value> ? Value : T

/** What a thread is started with. */
interface ThreadData {
  readonly settings: unknown
  /** Shared with the main thread: calls that were sent so far, modulo 2^32. */
  readonly sent: Int32Array
}

const data = workerData as Partial<ThreadData> | null
/** Calls that have begun so far in this thread, as `sent` counts them. */
let begun = 0

/** In the thread: what it was started with. */
export function threadSettings<Settings>(): Settings {
  return data?.settings as Settings
}

/** Calls that have begun and are not answered. */
let running = 0

/**
 * In the thread, within the long work of a call: lets others go first, those that have been sent meanwhile and those that have begun
 * and wait for their turn or for a file. Without any it returns at once. A turn of the loop is when memory is collected, too, and
 * what work has at hand in the middle of it would all be carried along.
 */
export async function giveWay(): Promise<void> {
  const sent = data?.sent && Atomics.load(data.sent, 0)
  if (sent === begun && running <= 1) return
  await nextTurn()
}

/** In the thread: answers calls with `methods` until the thread ends. */
export function answerCalls(methods: ThreadMethods, port: MessagePort | null = parentPort): void {
  if (port === null) throw new Error('answerCalls runs inside a worker thread')
  port.on('message', async ({ call, method, args }: Call) => {
    begun = (begun + 1) | 0
    running++
    try {
      const result = await (methods[method] as Method)(...args)
      if (result instanceof Moved) {
        port.postMessage({ call, result: result.value } satisfies Answer, result.buffers as Transferable[])
      } else port.postMessage({ call, result } satisfies Answer)
    } catch (error) {
      port.postMessage({ call, error: carry(error) } satisfies Answer)
    } finally {
      running--
    }
  })
}

export interface Thread<Methods extends ThreadMethods> {
  readonly methods: ThreadClient<Methods>
  /** Ends the thread at once; calls on their way reject. */
  terminate(): Promise<void>
}

export interface ThreadSettings {
  /** Compiled file of the thread. */
  readonly file: URL
  readonly name: string
  readonly settings: unknown
  /** Told when the thread ends by itself, which no thread of ours should. */
  readonly onExit: (error: Error) => void
  /** Room for short-lived objects, MiB; see the caller for why it needs more than the default. */
  readonly youngGenerationMb?: number
}

/** In the main thread: starts a thread and calls its methods. */
export function startThread<Methods extends ThreadMethods>({
  file,
  name,
  settings,
  onExit,
  youngGenerationMb = 32,
}: ThreadSettings): Thread<Methods> {
  const resourceLimits = { maxYoungGenerationSizeMb: youngGenerationMb }
  const sent = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const worker = new Worker(file, {
    workerData: { settings, sent } satisfies ThreadData,
    name,
    resourceLimits,
  })
  const waiting = new WaitingCalls()
  let ending = false
  let ended: Error | undefined
  const end = (error: Error) => {
    if (ended !== undefined) return
    ended = error
    for (const { reject } of waiting.takeAll()) reject(error)
    if (!ending) onExit(error)
  }
  worker.on('message', (answer: Answer) => {
    const caller = waiting.take(answer.call)
    if ('error' in answer) caller?.reject(revive(answer.error))
    else caller?.resolve(answer.result)
  })
  worker.on('error', end)
  worker.on('exit', (code) => end(new Error(`thread ${name} ended with code ${code}`)))
  const send = (method: string, args: readonly unknown[]) =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended)
      const call = waiting.add({ resolve, reject })
      const buffers = args.flatMap((arg) => (arg instanceof Moved ? arg.buffers : []))
      const values = args.map((arg) => (arg instanceof Moved ? arg.value : arg))
      worker.postMessage({ call, method, args: values } satisfies Call, buffers as Transferable[])
      Atomics.add(sent, 0, 1)
    })
  const methods = new Proxy({} as ThreadClient<Methods>, {
    get:
      (_, method: string) =>
      (...args: unknown[]) =>
        send(method, args),
  })
  return {
    methods,
    terminate: async () => {
      ending = true
      await worker.terminate()
    },
  }
}

interface Caller {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * Who waits for an answer, by the number of the call. In slots that are used again, not in a `Map`: one that grows by a call and
 * shrinks by it is made anew all the time, each table holds on to the next for iterators, and once the first of them is old,
 * every answer becomes old with its table: a fifth of all that the event loop allocated, and pauses of 4 ms.
 */
class WaitingCalls {
  readonly #callers: (Caller | undefined)[] = []
  readonly #free: number[] = []

  add(caller: Caller): number {
    const call = this.#free.pop() ?? this.#callers.length
    this.#callers[call] = caller
    return call
  }

  take(call: number): Caller | undefined {
    const caller = this.#callers[call]
    if (caller === undefined) return undefined
    this.#callers[call] = undefined
    this.#free.push(call)
    return caller
  }

  takeAll(): readonly Caller[] {
    this.#free.length = 0
    return this.#callers.splice(0).filter((caller) => caller !== undefined)
  }
}

function carry(error: unknown): CarriedError {
  const known = error instanceof AppError ? error : undefined
  const plain = error instanceof Error ? error : new Error(String(error))
  const cause = plain.cause
  return {
    code: known?.code,
    message: plain.message,
    stack: plain.stack,
    hint: known?.hint,
    param: known?.param,
    cause:
      cause === undefined
        ? undefined
        : cause instanceof Error
          ? (cause.stack ?? cause.message)
          : String(cause),
  }
}

function revive({ code, message, stack, hint, param, cause }: CarriedError): Error {
  if (code === undefined) return Object.assign(new Error(message), { stack: stack ?? message, cause })
  return new AppError(code, {
    ...(hint === undefined ? {} : { hint }),
    ...(param === undefined ? {} : { param }),
    ...(cause === undefined ? {} : { cause }),
  })
}
