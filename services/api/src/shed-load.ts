// More requests than PostgreSQL answers in time: the rest are refused at the door, and not after they have waited.
import { ChatError } from '@goftegu/protocol'
import type { FastifyInstance } from 'fastify'

/** Who would wait longer for a connection is refused; after 5 s the pool itself would give up, on everybody. */
const mostWaitMs = 1_000
/** The refused return spread over so many seconds. */
const returnSeconds = 3

/** Refuses requests with `busy` while `expectedWaitMs` is too long. To be added before whatever asks PostgreSQL. */
export function shedLoad(app: FastifyInstance, expectedWaitMs: () => number): void {
  app.addHook('onRequest', async () => {
    if (expectedWaitMs() <= mostWaitMs) return
    throw new ChatError('busy', { retryAfterSeconds: 1 + Math.random() * (returnSeconds - 1) })
  })
}
