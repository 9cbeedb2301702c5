/** What one process at a time does for all that share a database. */
export interface Lease {
  readonly name: string
  /** Grows with every holder: what is written under a lease is held against it, so that one who lost it writes no more. */
  readonly token: number
  /** Aborted as soon as another process may hold the lease. What is done under it ends then, at once. */
  readonly lost: AbortSignal
  /** Gives the lease back; another process may take it at once. */
  release(): Promise<void>
}

/** The right to be the one process that does something. */
export interface Leases {
  /**
   * Resolves when this process holds the lease, which may take for ever while another one lives. Rejects with the reason of
   * `signal` when that is aborted first. A store that is away is waited for.
   */
  acquire(name: string, signal: AbortSignal): Promise<Lease>
  /** Gives every lease back. */
  close(): Promise<void>
}

/** Another process holds the lease by now: nothing was written. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'

  constructor(lease: string) {
    super(`Another process holds the lease ${lease}`)
  }
}

/** The leases of a process that shares nothing: it holds its data directory, so every lease is its own. */
export class SoleLeases implements Leases {
  async acquire(name: string, signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted()
    return { name, token: 1, lost: new AbortController().signal, release: async () => undefined }
  }

  async close(): Promise<void> {}
}
