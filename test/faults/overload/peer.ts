// Somebody who does not behave: opens a socket, and then reads slowly or not at all.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Cleanup } from '@goftegu/testkit'
import type { Person } from '../../replicas/people.ts'

export type PeerOptions = {
  /** Takes 1,000 bytes from the kernel each second; else nothing, as one that has vanished without a FIN. */
  reads: boolean
  /** Sends `{"type":"ping"}` each second: whoever sends is alive. */
  talks: boolean
}

/** Masked with zeros. */
const pingText = '{"type":"ping"}'
const pingFrame = Buffer.concat([Buffer.from([0x81, 0x80 | pingText.length, 0, 0, 0, 0]), Buffer.from(pingText)])

/** Resolves when the server has taken the socket; answers the port from which it came. */
export async function misbehave(
  t: Cleanup,
  at: { url: string; conversationId: number },
  { token }: Person,
  { reads, talks }: PeerOptions,
): Promise<number> {
  const { port, host } = new URL(at.url)
  // As much as one read takes; it returns false, so the next one waits.
  const read = { buffer: Buffer.alloc(1_000), callback: () => false }
  const socket = connect({ port: Number(port), host: '127.0.0.1', onread: read })
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(upgradeRequest(host, at.conversationId, token))
  const timer = setInterval(() => act(socket, reads, talks), 1_000)
  t.after(() => clearInterval(timer))
  return socket.localPort!
}

function act(socket: Socket, reads: boolean, talks: boolean): void {
  if (socket.destroyed) return
  if (reads) socket.resume()
  if (talks) socket.write(pingFrame)
}

function upgradeRequest(host: string, conversationId: number, token: string): string {
  return [
    `GET /ws/chat/${conversationId}/ HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n')
}
