/**
 * Where an engine listens on this machine: a port on 127.0.0.1, 0 standing for a free one, or a pipe, which costs half as much
 * to send through and which no other machine can be led to.
 */
export type EnginePlace =
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'pipe'; readonly path: string }

/** What the supervisor sends to a fresh engine process, over the channel between them and never by argv. */
export interface EngineStart {
  readonly kind: 'start'
  readonly directory: string
  readonly user: string
  readonly password: string
  readonly place: EnginePlace
  /** Upper bound of what the engine allocates, in bytes. */
  readonly memoryBytes: number
  /** Threads one query may use. */
  readonly queryThreads: number
}

/** Asks the process to finish what runs, to close the engine and to exit. */
export interface EngineStop {
  readonly kind: 'stop'
}

export type EngineCommand = EngineStart | EngineStop

/** The engine's first and only word: where it listens, or why it can not. */
export type EngineReport =
  | { readonly kind: 'ready'; readonly place: EnginePlace }
  | { readonly kind: 'failed'; readonly reason: string }
