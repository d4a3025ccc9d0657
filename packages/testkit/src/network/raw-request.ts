// Bytes straight onto a socket, for what no client would send.
import { connect, type Socket } from 'node:net'
import { within } from '../within.ts'

export type RawAnswer = { status: number; body: unknown; text: string }

/** Generous: a busy machine is no failure. */
const answerWithinMs = 20_000

/** Opens a connection to `url`, sends `bytes`, and leaves it open. */
export function openSocket(url: string, bytes: string | Buffer): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes)
  return socket
}

/** Sends `bytes` and reads one whole answer, whether or not the server has read all of them. */
export async function rawRequest(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const socket = openSocket(url, bytes)
  try {
    return await within(
      readAnswer(socket),
      answerWithinMs,
      () => `an answer to ${bytes.toString('latin1').slice(0, 100)}`,
    )
  } finally {
    socket.destroy()
  }
}

async function readAnswer(socket: Socket): Promise<RawAnswer> {
  let bytes: Buffer = Buffer.alloc(0)
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk])
    const { head, body } = partsOf(bytes)
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN)
    if (body.length >= length) return answerOf(bytes)
  }
  if (/^HTTP\/1\.[01] \d{3} /.test(bytes.toString('latin1'))) return answerOf(bytes) // without a length it lasts until the end
  throw new Error(`the server closed without a whole answer: ${JSON.stringify(bytes.toString())}`)
}

/** As bytes: a chunk may end within a character. */
function partsOf(bytes: Buffer): { head: string; body: Buffer } {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return { head: bytes.toString('latin1'), body: Buffer.alloc(0) }
  return { head: bytes.toString('latin1', 0, end), body: bytes.subarray(end + 4) }
}

/** The body where it is JSON. */
function answerOf(bytes: Buffer): RawAnswer {
  const { head, body } = partsOf(bytes)
  const isJson = /^content-type: *application\/json/im.test(head) && body.length > 0
  return {
    status: Number(head.split(' ')[1]),
    body: isJson ? JSON.parse(body.toString()) : undefined,
    text: bytes.toString(),
  }
}
