// Sends bytes that no HTTP client would send, and reads the answer.
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

export type RawAnswer = { status: number; headers: string; body: { detail?: string; code?: string } | undefined }

/** Sends `bytes` to a port of this machine and reads until the server closes; the answer's body, where there is one, must be JSON. */
export async function rawRequest(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1')
  // The server may close before it has read everything.
  socket.on('error', () => {})
  socket.write(bytes)
  const answer = await text(socket)
  const [headers = '', body = ''] = answer.split('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(headers)?.[1]),
    headers,
    body: body === '' ? undefined : JSON.parse(body),
  }
}
