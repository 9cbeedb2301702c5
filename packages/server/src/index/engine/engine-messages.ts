/** What the supervisor sends to a fresh engine process, over the channel between them and never by argv. */
export interface EngineStart {
  readonly kind: 'start'
  readonly directory: string
  readonly user: string
  readonly password: string
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number
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

/** The engine's first and only word: where it listens on 127.0.0.1, or why it can not. */
export type EngineReport =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'failed'; readonly reason: string }
