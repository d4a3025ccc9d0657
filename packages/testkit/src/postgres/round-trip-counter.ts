// Counts how often PostgreSQL was asked and answered, on the wire.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Cleanup } from '../cleanup.ts'

export type RoundTripCounter = {
  /** What is to be connected to in its place. */
  url: string
  /** Round trips so far. */
  readonly count: number
  /** How many round trips `work` took: BEGIN and COMMIT count too. */
  during(work: () => Promise<unknown>): Promise<number>
  /** Cuts the connection in place of the `nth` answer from now on, after PostgreSQL has given it. */
  loseAnswer(nth: number): void
}

/**
 * A proxy that reads PostgreSQL's answers: each round trip ends with one ReadyForQuery (`Z`). Connections must be open
 * before counting begins, or their start is counted too.
 */
export async function roundTripCounter(t: Cleanup, target: string): Promise<RoundTripCounter> {
  const url = new URL(target)
  const { hostname: host, port } = url
  const sockets = new Set<Socket>()
  let count = 0
  let lost = Number.POSITIVE_INFINITY
  const server = createServer(client => {
    const upstream = connect({ host, port: Number(port) })
    client.pipe(upstream)
    const countAnswers = readyForQuery(() => {
      count++
    })
    upstream.on('data', chunk => {
      countAnswers(chunk)
      if (count < lost) return void client.write(chunk)
      lost = Number.POSITIVE_INFINITY
      client.resetAndDestroy()
      upstream.destroy()
    })
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port')
  url.hostname = '127.0.0.1'
  url.port = String(address.port)
  const during = async (work: () => Promise<unknown>) => {
    const before = count
    await work()
    return count - before
  }
  const loseAnswer = (nth: number) => {
    lost = count + nth
  }
  return {
    url: url.href,
    get count() {
      return count
    },
    during,
    loseAnswer,
  }
}

/** Cuts the stream into messages (a type, a length that counts itself, a body) and calls `found` for each `Z`. */
function readyForQuery(found: () => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  return chunk => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
      if (rest[0] === 'Z'.charCodeAt(0)) found()
      rest = rest.subarray(1 + rest.readUInt32BE(1))
    }
  }
}
