// WebSocket frames of a client as bytes, kept to RFC 6455 or breaking any rule of it.

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export type FrameParts = {
  opcode: number
  payload?: Buffer | string
  /** False where more fragments follow. */
  isFinal?: boolean
  /** The three reserved bits, 0 to 7. */
  reserved?: number
  /** Four bytes; zeros if not given, null for a frame that is not masked. */
  key?: Buffer | null
  /** How many bytes the length takes: 1, 3 or 9; the fewest if not given. */
  lengthBytes?: 1 | 3 | 9
  /** What the header claims, where it is not the payload's length. */
  claimedLength?: bigint
}

/** One frame, whatever it breaks. */
export function frameBytes({
  opcode,
  isFinal = true,
  reserved = 0,
  key = Buffer.alloc(4),
  ...rest
}: FrameParts): Buffer {
  const payload = Buffer.from(rest.payload ?? '')
  const length = rest.claimedLength ?? BigInt(payload.length)
  const header = Buffer.concat([
    Buffer.from([(isFinal ? 0x80 : 0) | (reserved << 4) | opcode]),
    lengthOf(length, rest.lengthBytes ?? fewestBytes(length)),
  ])
  if (key === null) return Buffer.concat([header, payload])
  header[1]! |= 0x80
  return Buffer.concat([header, key, payload.map((byte, at) => byte ^ key[at % 4]!)])
}

/** A text message in one frame. */
export function textBytes(payload: Buffer | string): Buffer {
  return frameBytes({ opcode: opcodes.text, payload })
}

/** A message in as many fragments as there are pieces; `between` stands before each but the first. */
export function fragmentBytes(pieces: readonly (Buffer | string)[], between: Buffer = Buffer.alloc(0)): Buffer {
  const frames = pieces.flatMap((payload, at) => {
    const opcode = at === 0 ? opcodes.text : opcodes.continuation
    const frame = frameBytes({ opcode, payload, isFinal: at === pieces.length - 1 })
    return at === 0 ? [frame] : [between, frame]
  })
  return Buffer.concat(frames)
}

/** A close frame with a code and a reason; without a code it is empty. */
export function closeBytes(code?: number, reason: Buffer | string = ''): Buffer {
  if (code === undefined) return frameBytes({ opcode: opcodes.close })
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)])
  return frameBytes({ opcode: opcodes.close, payload })
}

function fewestBytes(length: bigint): 1 | 3 | 9 {
  return length < 126n ? 1 : length <= 0xffffn ? 3 : 9
}

function lengthOf(length: bigint, size: 1 | 3 | 9): Buffer {
  const bytes = Buffer.alloc(size)
  if (size === 1) bytes[0] = Number(length)
  else bytes[0] = size === 3 ? 126 : 127
  if (size === 3) bytes.writeUInt16BE(Number(length), 1)
  if (size === 9) bytes.writeBigUInt64BE(length, 1)
  return bytes
}
