// The judge of a chaos run: writers and readers log, the database is read once, and six counts must be 0.
import type { DatabaseState } from './database-state.ts'
import { judgeDatabase } from './judge-database.ts'
import { judgeReader } from './judge-readers.ts'
import { judgeWriters } from './judge-writers.ts'
import { ReaderLog } from './reader-log.ts'
import { Verdict } from './verdict.ts'
import { type Outcome, WriterLog } from './writer-log.ts'

export type Oracle = {
  /** A log for one ordered stream of sends of one user. */
  writer(sends: { userId: number; conversationId: number }): WriterLog
  /** A log for one user's application in one conversation, through all its reconnections. */
  reader(reads: { userId: number; conversationId: number; isStaff?: boolean }): ReaderLog
  /**
   * Judges everything logged against `state`, which is read after all readers are quiet. Left for later forms:
   * titles, read positions and which files a message has in the view; and what somebody heard between a removal and a return.
   */
  judge(state: DatabaseState): Verdict
  /** How many attempts ended how, and how many events were handed over: how much the zeros are worth. */
  volume(): Record<Outcome, number> & { handed: number }
  /**
   * A history ends now, by design with a loss: what was acknowledged since `sinceMs`, on the clock of `performance.now()`,
   * and what was handed over since then in its epoch, may be `gone` and is not `lost` then.
   */
  historyEnded(sinceMs: number): void
  /** Every acknowledged send of these conversations, on the clock of `performance.now()`. */
  acknowledgements(isMeant: (conversationId: number) => boolean): { sentMs: number; answeredMs: number }[]
}

/**
 * An empty log.
 *
 *     const oracle = createOracle()
 *     const reader = oracle.reader({ userId: ben.id, conversationId })
 *     socket.onEvent(event => reader.event(event))
 *     const writer = oracle.writer({ userId: ann.id, conversationId })
 *     const attempt = writer.attempt('a1') // before sending
 *     attempt.ok(accepted.seq)
 *     assert.deepEqual(oracle.judge(await readState(db)).counts(), noViolations)
 */
export function createOracle(): Oracle {
  const writers: WriterLog[] = []
  const readers: ReaderLog[] = []
  const losses: { sinceMs: number; untilMs: number }[] = []
  return {
    writer: ({ userId, conversationId }) => {
      const log = new WriterLog(userId, conversationId)
      writers.push(log)
      return log
    },
    reader: ({ userId, conversationId, isStaff = false }) => {
      const log = new ReaderLog(userId, conversationId, isStaff)
      readers.push(log)
      return log
    },
    judge: state => {
      const verdict = new Verdict()
      for (const conversation of state.conversations) judgeDatabase(conversation, verdict)
      judgeWriters(writers, state, losses, verdict)
      for (const reader of readers) {
        const conversation = state.conversations.find(({ id }) => id === reader.conversationId)
        if (!conversation) throw new Error(`conversation ${reader.conversationId} is missing in the database's state`)
        judgeReader(reader, conversation, { epoch: state.epoch, losses }, verdict)
      }
      return verdict
    },
    volume: () => {
      const outcomes = { ok: 0, fail: 0, unknown: 0 }
      for (const { outcome } of writers.flatMap(({ attempts }) => attempts)) outcomes[outcome]++
      const handed = readers.flatMap(({ stretches }) => stretches).reduce((sum, { heard }) => sum + heard.length, 0)
      return { ...outcomes, handed }
    },
    historyEnded: sinceMs => void losses.push({ sinceMs, untilMs: performance.now() }),
    acknowledgements: isMeant =>
      writers.filter(writer => isMeant(writer.conversationId)).flatMap(writer => writer.acknowledgements()),
  }
}
