import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What a proxy does with what passes through it. */
export type Fault =
  /** Passes everything on. */
  | { readonly kind: 'none' }
  /** Every connection is broken off, and every new one. */
  | { readonly kind: 'cut' }
  /** Connections stay open and nothing comes through: the other side seems to think for ever. */
  | { readonly kind: 'half_open' }
  /** Every piece arrives so much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** A request that holds `text` is passed on; its connection is broken off as soon as the answer begins. */
  | { readonly kind: 'cut_answer'; readonly text: string }
  /** A request that holds `text` is kept back and its connection broken off; `letGo` passes it on after all. */
  | { readonly kind: 'hold_request'; readonly text: string }

/** A proxy on 127.0.0.1 between a client and a server, to break the network between them. */
export class TcpProxy {
  readonly #server: Server
  readonly #target: () => { readonly host: string; readonly port: number }
  readonly #links = new Set<Link>()
  #held: (() => Promise<void>)[] = []
  #fault: Fault = { kind: 'none' }
  /** How many requests `cut_answer` or `hold_request` has caught. */
  caught = 0

  private constructor(target: () => { readonly host: string; readonly port: number }) {
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  static async open(target: () => { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get fault(): Fault {
    return this.#fault
  }

  /** From now on, for connections that are open as well. */
  set fault(fault: Fault) {
    this.#fault = fault
    if (fault.kind === 'cut') for (const link of this.#links) link.destroy()
    if (fault.kind === 'none') for (const link of this.#links) link.flush()
  }

  /** Passes on what `hold_request` kept back, to the server alone; resolves when it has answered. */
  async letGo(): Promise<void> {
    await Promise.all(this.#held.splice(0).map((pass) => pass()))
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    if (this.#fault.kind === 'cut') {
      client.resetAndDestroy()
      return
    }
    const link = new Link(client, connect(this.#target()), {
      fault: () => this.#fault,
      onCaught: (pass) => {
        this.caught += 1
        if (pass !== undefined) this.#held.push(pass)
      },
      onEnd: () => this.#links.delete(link),
    })
    this.#links.add(link)
  }
}

interface LinkSettings {
  readonly fault: () => Fault
  /** With `pass`, the request was kept back. */
  readonly onCaught: (pass?: () => Promise<void>) => void
  readonly onEnd: () => void
}

/** One connection through the proxy. */
class Link {
  readonly #client: Socket
  readonly #server: Socket
  readonly #settings: LinkSettings
  readonly #stuck: (() => void)[] = []
  /** An answer that is about to come is not passed on. */
  #cutsAnswer = false
  #keptBack: Buffer[] | undefined

  constructor(client: Socket, server: Socket, settings: LinkSettings) {
    this.#client = client
    this.#server = server
    this.#settings = settings
    client.on('data', (bytes) => this.#fromClient(bytes))
    server.on('data', (bytes) => this.#fromServer(bytes))
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => undefined)
      socket.on('end', () => this.#later(() => other.end()))
      socket.on('close', () => {
        settings.onEnd()
        if (this.#keptBack === undefined) this.#later(() => other.destroy())
      })
    }
  }

  destroy(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  flush(): void {
    for (const pass of this.#stuck.splice(0)) pass()
  }

  #fromClient(bytes: Buffer): void {
    const fault = this.#settings.fault()
    if (this.#keptBack !== undefined) {
      this.#keptBack.push(bytes)
      return
    }
    const isMeant =
      (fault.kind === 'cut_answer' || fault.kind === 'hold_request') &&
      (isHttp(bytes) ? decodeURIComponent(printable(bytes)) : bytes).includes(fault.text)
    if (isMeant && fault.kind === 'hold_request') {
      this.#keepBack(bytes)
      return
    }
    if (isMeant) this.#cutsAnswer = true
    this.#later(() => this.#server.write(bytes))
  }

  /** The client is told that the connection broke when all that it had to say has come. */
  #keepBack(bytes: Buffer): void {
    const kept = [bytes]
    this.#keptBack = kept
    this.#settings.onCaught(async () => {
      const answered = once(this.#server, 'data')
      this.#server.write(Buffer.concat(kept))
      await answered
      this.#server.destroy()
    })
    const isWhole = () => !isHttp(bytes) || Buffer.concat(kept).toString('latin1').endsWith('\r\n0\r\n\r\n')
    const end = () => this.#client.resetAndDestroy()
    if (isWhole()) end()
    else this.#client.on('data', () => isWhole() && end())
  }

  #fromServer(bytes: Buffer): void {
    if (this.#keptBack !== undefined) return
    if (this.#cutsAnswer) {
      this.#settings.onCaught()
      this.destroy()
      return
    }
    this.#later(() => this.#client.write(bytes))
  }

  #later(pass: () => void): void {
    const fault = this.#settings.fault()
    if (fault.kind === 'half_open') this.#stuck.push(pass)
    else if (fault.kind === 'delay') setTimeout(pass, fault.ms)
    else pass()
  }
}

/** Other protocols have no line at which a request begins: the text may stand anywhere. */
function isHttp(bytes: Buffer): boolean {
  return bytes.includes(' HTTP/1.1\r\n')
}

/** The part of a request that a text may stand in; a row may hold any byte. */
function printable(bytes: Buffer): string {
  return bytes.toString('latin1', 0, bytes.indexOf('\r\n')).replace(/%(?![0-9A-Fa-f]{2})/g, '%25')
}
