// A WebSocket client on bare TCP: sends any bytes, and reads what the server answers frame by frame.
import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { openSocket, within } from '@goftegu/testkit'
import { opcodes, textBytes } from './frame-bytes.ts'
import type { CloseAnswer } from './step.ts'

/** What a server said, in its order. */
export type HeardFrame = { text: string } | { pong: string } | { close: CloseAnswer }

/** No generated event has it. */
const lastClientId = 'the very last'
/** Generous: a busy machine is no finding, a server that never answers is one. */
const answerWithinMs = 30_000
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The server broke RFC 6455 itself, or did not answer as one who speaks it. */
export class WireFault extends Error {
  override name = 'WireFault'
}

export class RawSocket {
  readonly heard: HeardFrame[] = []
  readonly #socket: Socket
  readonly #frames: AsyncGenerator<HeardFrame>

  private constructor(socket: Socket, chunks: AsyncIterator<Buffer>, early: Buffer) {
    this.#socket = socket
    this.#frames = framesOf(chunks, early)
  }

  /**
   * Upgrades on `path` of `url`, with this Bearer token.
   * @throws WireFault with the answer when it is no upgrade
   */
  static async open(url: string, path: string, token: string): Promise<RawSocket> {
    const key = randomBytes(16).toString('base64')
    const socket = openSocket(url, upgradeRequest(path, token, key))
    const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    try {
      const early = await within(readUpgrade(chunks, key), answerWithinMs, `an answer to the upgrade of ${path}`)
      return new RawSocket(socket, chunks, early)
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  /** Sends `pieces` one after the other, each as a packet of its own where the kernel agrees. */
  async send(pieces: readonly Buffer[]): Promise<void> {
    this.#socket.setNoDelay(true)
    for (const piece of pieces) await new Promise<void>(resolve => this.#socket.write(piece, () => resolve()))
  }

  /** Sends an event that no server knows, and reads up to its refusal: all that was refused before has been answered. */
  async catchUp(): Promise<void> {
    await this.send([textBytes(JSON.stringify({ type: 'nonsense', client_id: lastClientId }))])
    await this.#readUntil(
      frame => 'text' in frame && frame.text.includes(lastClientId),
      'the refusal of the last event',
    )
    this.heard.pop()
  }

  /** Reads up to the server's close frame. */
  async untilClosed(): Promise<void> {
    await this.#readUntil(frame => 'close' in frame, 'a close frame')
  }

  cut(): void {
    this.#socket.destroy()
  }

  async #readUntil(isLast: (frame: HeardFrame) => boolean, what: string): Promise<void> {
    await within(this.#read(isLast, what), answerWithinMs, what)
  }

  async #read(isLast: (frame: HeardFrame) => boolean, what: string): Promise<void> {
    for (;;) {
      const { value, done } = await this.#frames.next()
      if (done) throw new WireFault(`the connection ended before ${what}`)
      this.heard.push(value)
      if (isLast(value)) return
      if ('close' in value) throw new WireFault(`closed with ${value.close} before ${what}`)
    }
  }
}

function upgradeRequest(path: string, token: string, key: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${token}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
    '\r\n',
  ].join('\r\n')
}

/** What came after the answer's head. */
async function readUpgrade(chunks: AsyncIterator<Buffer>, key: string): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0)
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n')
    if (end >= 0) {
      assertUpgraded(bytes.toString('latin1', 0, end), key)
      return bytes.subarray(end + 4)
    }
    const { value, done } = await chunks.next()
    if (done) throw new WireFault(`the connection ended within the answer to an upgrade: ${bytes}`)
    bytes = Buffer.concat([bytes, value])
  }
}

function assertUpgraded(head: string, key: string): void {
  const accept = createHash('sha1')
    .update(key + guid)
    .digest('base64')
  const isUpgraded = head.startsWith('HTTP/1.1 101 ') && head.includes(`Sec-WebSocket-Accept: ${accept}`)
  if (!isUpgraded || /sec-websocket-extensions/i.test(head)) throw new WireFault(`no upgrade: ${head}`)
}

/** Frames of a server: whole, unmasked, without reserved bits. */
async function* framesOf(chunks: AsyncIterator<Buffer>, early: Buffer): AsyncGenerator<HeardFrame> {
  let bytes = early
  for (;;) {
    const frame = firstFrame(bytes)
    if (frame) {
      bytes = frame.rest
      const heard = readFrame(frame.opcode, frame.payload)
      if (heard) yield heard
      continue
    }
    const { value, done } = await chunks.next()
    if (done) return
    bytes = Buffer.concat([bytes, value])
  }
}

function firstFrame(bytes: Buffer): { opcode: number; payload: Buffer; rest: Buffer } | undefined {
  const size = bytes[1] === 126 ? 4 : bytes[1] === 127 ? 10 : 2
  if (bytes.length < size) return undefined
  if ((bytes[0]! & 0xf0) !== 0x80 || bytes[1]! > 127)
    throw new WireFault(`a broken frame: ${bytes.toString('hex', 0, 20)}`)
  const length = size === 2 ? bytes[1]! : size === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (bytes.length < size + length) return undefined
  return { opcode: bytes[0]! & 0x0f, payload: bytes.subarray(size, size + length), rest: bytes.subarray(size + length) }
}

function readFrame(opcode: number, payload: Buffer): HeardFrame | undefined {
  if (opcode === opcodes.text) return { text: new TextDecoder('utf-8', { fatal: true }).decode(payload) }
  if (opcode === opcodes.pong) return { pong: payload.toString('hex') }
  if (opcode === opcodes.close) return { close: payload.length < 2 ? 'empty' : payload.readUInt16BE(0) }
  if (opcode === opcodes.ping) return undefined
  throw new WireFault(`a server's frame of opcode ${opcode}`)
}
