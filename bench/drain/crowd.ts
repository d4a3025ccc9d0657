// Everybody who listens, and somebody who writes, under the oracle's eye.
import { setTimeout as pause } from 'node:timers/promises'
import { createOracle, eventually } from '@goftegu/testkit'
import type { Seeded } from '../seed.ts'
import type { ReturnDelay } from './return-delay.ts'
import { type Journal, ReturningClient } from './returning-client.ts'
import { Writers } from './writers.ts'

type CrowdOptions = { port: number; apiUrl: string; perSecond: number; returnDelay: ReturnDelay }
export type Crowd = ReturnType<typeof createCrowd>

/** One client per member, and one writer per conversation: its first member. */
export function createCrowd(seeded: Seeded, { port, apiUrl, perSecond, returnDelay }: CrowdOptions) {
  const oracle = createOracle()
  const journal: Journal = { attemptedMs: [], opened: [], refusals: new Map(), delaysMs: [], closeCodes: new Map() }
  const clients = seeded.conversations.flatMap(({ id, cookies, userIds }) =>
    cookies.map((cookie, i) => {
      const log = oracle.reader({ userId: userIds[i]!, conversationId: id })
      return new ReturningClient({ port, conversationId: id, cookie, log, journal, returnDelay })
    }),
  )
  const writers = new Writers(
    apiUrl,
    seeded.conversations.map(({ id, cookies, userIds }) => ({
      ...{ conversationId: id, cookie: cookies[0]! },
      log: oracle.writer({ userId: userIds[0]!, conversationId: id }),
    })),
    perSecond,
  )

  /** As fast as `openPerSecond`; resolves when everybody is in. */
  async function arrive(openPerSecond: number): Promise<void> {
    const opening: Promise<void>[] = []
    for (const [i, client] of clients.entries()) {
      opening.push(client.open())
      if (i % 20 === 19) await pause((20 / openPerSecond) * 1_000)
    }
    await Promise.all(opening)
  }

  const openCount = () => clients.filter(({ isOpen }) => isOpen).length
  /** Resolves when everybody is connected. */
  const allBack = (ms: number) =>
    eventually(() => openCount() === clients.length, { ms, everyMs: 50, what: 'everybody to be back' })

  /** Resolves when every reader has come to `heads`. */
  const caughtUp = (heads: ReadonlyMap<number, number>, ms: number) => {
    const isThere = (client: ReturningClient) => client.position >= (heads.get(client.conversationId) ?? 0)
    return eventually(() => clients.every(isThere), { ms, everyMs: 100, what: 'every reader to catch up' })
  }

  const stop = () => {
    for (const client of clients) client.stop()
  }
  return { oracle, journal, writers, arrive, openCount, allBack, caughtUp, stop, size: clients.length }
}
