// A TCP connection that can go wrong: a proxy which drops, stalls, resets, slices, delays and forgets.
import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import type { Cleanup } from '../cleanup.ts'
import { Pipe, type Weather } from './pipe.ts'

/** 'up' is from the client to the target, 'down' from the target to the client. */
export type Direction = 'up' | 'down' | 'both'

/** One of the two who talk to each other. */
export type End = 'client' | 'target'

type Line = { client: Socket; target: Socket; up: Pipe; down: Pipe }

export class TcpProxy {
  readonly port: number
  /** `127.0.0.1`, where it listens. */
  readonly host = '127.0.0.1'
  readonly #server: Server
  #target: { host: string; port: number }
  readonly #weather: { up: Weather; down: Weather } = { up: { kind: 'fair' }, down: { kind: 'fair' } }
  readonly #lines = new Set<Line>()
  /** What is left of connections that the way has forgotten. */
  readonly #forgotten = new Set<Socket>()
  #refuses = false

  constructor(server: Server, port: number, target: { host: string; port: number }) {
    this.#server = server
    this.port = port
    this.#target = target
    server.on('connection', client => this.#connect(client))
  }

  /** The target's URL with this proxy's address in it: what the program under test is told. */
  urlFor(targetUrl: string): string {
    const url = new URL(targetUrl)
    url.hostname = this.host
    url.port = String(this.port)
    return url.href
  }

  /** How many connections go through now. */
  get connections(): number {
    return this.#lines.size
  }

  /** Loses the bytes that come, for good; the connection stays open and says nothing. */
  drop(direction: Direction = 'both'): void {
    this.#set(direction, { kind: 'drop' })
  }

  /** Holds the bytes that come, as a frozen peer or a network that is away would; `heal` lets them through. */
  stall(direction: Direction = 'both'): void {
    this.#set(direction, { kind: 'stall' })
  }

  /** Passes the bytes on in pieces of `bytes`, each in a turn of its own. */
  slice(bytes: number, direction: Direction = 'both'): void {
    this.#set(direction, { kind: 'slice', bytes })
  }

  /** Passes the bytes on `ms` later, in order. */
  delay(ms: number, direction: Direction = 'both'): void {
    this.#set(direction, { kind: 'delay', ms })
  }

  /** Cuts every open connection with a RST, both ways. New ones are taken. */
  reset(): void {
    for (const { client, target } of this.#lines) {
      client.resetAndDestroy()
      target.resetAndDestroy()
    }
  }

  /**
   * Loses the open connections without telling anybody, as a firewall does that has forgotten them: whatever either end
   * sends from now on is lost, its end too. New ones go through.
   */
  forget(): void {
    for (const line of this.#lines) {
      this.#lines.delete(line)
      for (const end of [line.client, line.target]) this.#forgotten.add(end)
      for (const pipe of [line.up, line.down]) pipe.setWeather({ kind: 'drop' })
    }
  }

  /** Leaves every open connection half-open: `gone` hears a RST, the other end never hears of it. New ones go through. */
  halfOpen(gone: End): void {
    const lines = [...this.#lines]
    this.forget()
    for (const line of lines) line[gone].resetAndDestroy()
  }

  /** Cuts every open connection, and new ones as soon as they come, until `heal`. */
  refuse(): void {
    this.#refuses = true
    this.reset()
  }

  /** Fair again: what was held goes on, in order; what was dropped is lost. */
  heal(): void {
    this.#refuses = false
    this.#set('both', { kind: 'fair' })
  }

  /** Leads to another server, as an address does that follows the primary: open connections are cut. */
  pointTo(target: string): void {
    this.#target = addressOf(target)
    this.reset()
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    this.#server.close()
    this.reset()
    for (const end of this.#forgotten) end.destroy()
    await once(this.#server, 'close')
  }

  #set(direction: Direction, weather: Weather): void {
    for (const way of ['up', 'down'] as const) {
      if (direction !== way && direction !== 'both') continue
      this.#weather[way] = weather
      for (const line of this.#lines) line[way].setWeather(weather)
    }
  }

  #connect(client: Socket): void {
    if (this.#refuses) return void client.resetAndDestroy()
    const target = createConnection(this.#target)
    const { up, down } = this.#weather
    const line: Line = { client, target, up: new Pipe(client, target, up), down: new Pipe(target, client, down) }
    this.#lines.add(line)
    for (const socket of [client, target]) {
      socket.setNoDelay(true)
      socket.on('error', () => {}) // followed by 'close'
      socket.once('close', () => {
        if (this.#forgotten.delete(socket)) return
        this.#lines.delete(line)
        client.destroy()
        target.destroy()
      })
    }
  }
}

/**
 * Starts a proxy in front of `target` (a URL with a port, or `host:port`), ended after the test.
 *
 *     const proxy = await tcpProxy(t, redis.url)
 *     const bus = createRedisBroker({ url: proxy.urlFor(redis.url) })
 *     proxy.stall('down')
 */
export async function tcpProxy(t: Cleanup, target: string): Promise<TcpProxy> {
  const to = addressOf(target)
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port')
  const proxy = new TcpProxy(server, address.port, to)
  t.after(() => proxy.close())
  return proxy
}

function addressOf(target: string): { host: string; port: number } {
  const { hostname, port } = new URL(target.includes('://') ? target : `tcp://${target}`)
  if (port === '') throw new Error(`${target} names no port`)
  return { host: hostname, port: Number(port) }
}
