// Opens a WebSocket as a front end would, or tells how the server refused it.
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { type ClientOptions, WebSocket } from 'ws'
import { within } from '../within.ts'
import { SocketClient } from './socket-client.ts'

/** The server answered the upgrade with an HTTP response. */
export class UpgradeRefused extends Error {
  override name = 'UpgradeRefused'
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** As it came; JSON where the server is ours. */
  readonly body: string

  constructor(url: string, response: IncomingMessage, body: string) {
    super(`${url} was refused with ${response.statusCode}: ${body}`)
    this.status = response.statusCode ?? 0
    this.headers = response.headers
    this.body = body
  }
}

export type ConnectOptions = ClientOptions & {
  /** How long the upgrade may take. */
  ms?: number
}

/**
 * Connects to `url` (`ws://…`, or `http://…`, which is taken as the same address). `headers` may hold `cookie`,
 * `authorization`, `origin`. Close it, or end the test's server: an open socket keeps Node running.
 * @throws UpgradeRefused when the server answers with a status; DeadlineError after 5 s
 */
export async function connect(url: string, { ms = 5_000, ...options }: ConnectOptions = {}): Promise<SocketClient> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options)
  // Listens before the upgrade: the first frames may come in the same packet as the answer to it.
  const client = new SocketClient(socket)
  const opened = new Promise<SocketClient>((resolve, reject) => {
    socket.once('open', () => resolve(client))
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response) => {
      text(response).then(body => reject(new UpgradeRefused(url, response, body)), reject)
    })
  })
  try {
    return await within(opened, ms, `${url} to open`)
  } catch (error) {
    socket.terminate()
    throw error
  }
}
