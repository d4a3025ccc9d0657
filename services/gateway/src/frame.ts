// WebSocket frames of the server, as bytes: built once, written to many.
import { allocateKept } from './slabs.ts'

const finText = 0x81
const finPing = 0x89
const finPong = 0x8a

/** A text frame with its header; `payload` is UTF-8. Servers do not mask (RFC 6455, 5.1). */
export function textFrame(payload: Buffer): Buffer {
  return frame(finText, payload)
}

/** The same, for being remembered. */
export function keptTextFrame(payload: Buffer): Buffer {
  return frame(finText, payload, allocateKept)
}

/** `payload` is at most 125 bytes, as a client's ping was. */
export function pongFrame(payload: Buffer): Buffer {
  return frame(finPong, payload)
}

export const pingFrame = frame(finPing, Buffer.alloc(0))

/** What a frame of ours carries: a view, not a copy. */
export function payloadOf(frame: Buffer): Buffer {
  return frame.subarray(headerLength(frame[1]!))
}

function headerLength(length: number): number {
  return length < 126 ? 2 : length === 126 ? 4 : 10
}

function frame(firstByte: number, payload: Buffer, allocate: (length: number) => Buffer = Buffer.allocUnsafe): Buffer {
  const length = payload.length < 126 ? payload.length : payload.length <= 0xffff ? 126 : 127
  const start = headerLength(length)
  const bytes = allocate(start + payload.length)
  bytes[0] = firstByte
  bytes[1] = length
  if (length === 126) bytes.writeUInt16BE(payload.length, 2)
  if (length === 127) bytes.writeBigUInt64BE(BigInt(payload.length), 2)
  bytes.set(payload, start)
  return bytes
}
