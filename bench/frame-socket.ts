// A WebSocket client that costs little: the server must saturate first.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** What a socket does with each text frame that it hears. */
type OnText = (text: Buffer, socket: FrameSocket) => void

/** What a socket does when it has ended: 1006 where nobody said goodbye. */
export type OnClose = (code: number, reason: string) => void

const text = 0x81
const close = 0x88
const ping = 0x89
/** Without a payload, as our pings have none, and masked with zeros. */
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
const headerEnd = Buffer.from('\r\n\r\n')

/** The upgrade was answered with a status. */
export class Refused extends Error {
  override name = 'Refused'
  readonly status: number
  /** From `Retry-After`; 0 where there is none. */
  readonly retryAfterSeconds: number
  /** The answer's `x-server`; empty where the balancer itself refused. */
  readonly server: string

  constructor(head: string) {
    super(head.slice(0, head.indexOf('\r')))
    this.status = Number(head.split(' ', 2)[1])
    this.retryAfterSeconds = Number(headerOf(head, 'retry-after') ?? 0)
    this.server = headerOf(head, 'x-server') ?? ''
  }
}

/** One connection: handshake, unmasked frames in, frames masked with zeros out. No fragments, no pings of its own; pings
 * are answered, or the server would cut it off after 10 s. */
export class FrameSocket {
  readonly #socket: Socket
  readonly #onText: OnText
  readonly #onClose: OnClose
  #rest: Buffer = Buffer.alloc(0)
  #closing: { code: number; reason: string } = { code: 1006, reason: '' }
  isOpen = false
  /** The answer's `x-server`: what a balancer may say of who is behind it. */
  server = ''

  constructor(socket: Socket, onText: OnText, onClose: OnClose) {
    this.#socket = socket
    this.#onText = onText
    this.#onClose = onClose
  }

  /** Connects to `ws://127.0.0.1:{port}{path}` with a session's cookie; rejects with `Refused`, or what broke. */
  static open(
    port: number,
    path: string,
    cookie: string,
    onText: OnText,
    onClose: OnClose = () => {},
  ): Promise<FrameSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<FrameSocket>()
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const client = new FrameSocket(socket, onText, onClose)
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    socket.on('data', chunk => client.#receive(chunk, resolve, reject))
    socket.on('error', reject)
    socket.on('close', () => {
      if (client.isOpen) client.#onClose(client.#closing.code, client.#closing.reason)
      client.isOpen = false
      reject(new Error('closed before the handshake was answered'))
    })
    return promise
  }

  /** Sends `payload` (ASCII, under 64 KiB) as one text frame. */
  send(payload: string): void {
    const long = payload.length > 125
    const frame = Buffer.alloc((long ? 8 : 6) + payload.length)
    frame[0] = text
    frame[1] = 0x80 | (long ? 126 : payload.length)
    if (long) frame.writeUInt16BE(payload.length, 2)
    frame.write(payload, long ? 8 : 6, 'latin1')
    this.#socket.write(frame)
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer, resolve: (client: FrameSocket) => void, reject: (error: Error) => void): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.isOpen) {
      const end = bytes.indexOf(headerEnd)
      if (end < 0) {
        this.#rest = bytes
        return
      }
      const head = bytes.toString('latin1', 0, end + 2)
      if (!head.startsWith('HTTP/1.1 101 ')) {
        reject(new Refused(head))
        this.#socket.destroy()
        return
      }
      this.server = headerOf(head, 'x-server') ?? ''
      this.isOpen = true
      bytes = bytes.subarray(end + 4)
      resolve(this)
    }
    this.#rest = this.#deliver(bytes)
  }

  /** Hands over every whole frame and returns what is left. */
  #deliver(bytes: Buffer): Buffer {
    let at = 0
    while (bytes.length - at >= 2) {
      let length = bytes[at + 1]! & 0x7f
      let start = at + 2
      if (length === 126) {
        if (bytes.length - at < 4) break
        length = bytes.readUInt16BE(at + 2)
        start = at + 4
      } else if (length === 127) {
        if (bytes.length - at < 10) break
        length = Number(bytes.readBigUInt64BE(at + 2))
        start = at + 10
      }
      if (bytes.length < start + length) break
      if (bytes[at] === text) this.#onText(bytes.subarray(start, start + length), this)
      else if (bytes[at] === ping) this.#socket.write(pong)
      else if (bytes[at] === close) this.#answerClose(bytes.subarray(start, start + length))
      at = start + length
    }
    return bytes.subarray(at)
  }

  /** Answers with the same code, and leaves. */
  #answerClose(payload: Buffer): void {
    if (payload.length >= 2) this.#closing = { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) }
    const code = payload.subarray(0, 2)
    this.#socket.end(Buffer.concat([Buffer.from([close, 0x80 | code.length, 0, 0, 0, 0]), code]))
  }
}

function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*)\r$`, 'im').exec(head)?.[1]
}
