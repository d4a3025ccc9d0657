// What the writers were told, held against what is stored.
import type { DatabaseState, StoredMessage } from './database-state.ts'
import type { Verdict } from './verdict.ts'
import type { Attempt, WriterLog } from './writer-log.ts'

/** Between which moments something was acknowledged that may be gone by design. */
export type Loss = { sinceMs: number; untilMs: number }
type Stored = Map<string, StoredMessage>

/**
 * lost: an `ok` that is not stored, or not under the number that the writer was told, or with another text, where nobody
 *   has changed it since; `gone` where that is by design;
 * phantom: a send that was only ever refused, and is stored. A refusal after an unknown attempt proves nothing;
 * reordered: one writer's messages, each sent once, stored in another order than they were sent in.
 */
export function judgeWriters(writers: WriterLog[], state: DatabaseState, losses: Loss[], verdict: Verdict): void {
  const stored: Stored = new Map(
    state.conversations.flatMap(({ id, messages }) =>
      messages.map(message => [keyOf(id, message.sender_id, message.client_id), message]),
    ),
  )
  const attemptsByKey = Map.groupBy(
    writers.flatMap(writer => writer.attempts.map(attempt => ({ writer, attempt }))),
    ({ writer, attempt }) => keyOf(writer.conversationId, writer.senderId, attempt.clientId),
  )
  for (const [key, tries] of attemptsByKey) {
    judgeKey(
      key,
      tries.map(({ attempt }) => attempt),
      stored.get(key),
      losses,
      verdict,
    )
  }
  const isSentOnce = (key: string) => attemptsByKey.get(key)?.length === 1
  for (const writer of writers) judgeOrder(writer, stored, isSentOnce, verdict)
}

function judgeKey(
  key: string,
  attempts: Attempt[],
  message: StoredMessage | undefined,
  losses: Loss[],
  verdict: Verdict,
): void {
  for (const { outcome, seq, content, answeredMs = 0 } of attempts) {
    if (outcome !== 'ok') continue
    const mayBeGone = losses.some(({ sinceMs, untilMs }) => answeredMs >= sinceMs && answeredMs <= untilMs)
    if (!message && mayBeGone) verdict.gone.sends++
    else if (!message) verdict.found('lost', `${key} was acknowledged as ${seq} and is not stored`)
    else if (message.seq !== seq) {
      verdict.found('lost', `${key} was acknowledged as ${seq} and is stored as ${message.seq}`)
    } else if (content !== undefined && message.changed_seq === seq && message.content !== content) {
      verdict.found('lost', `${key} was acknowledged, and is stored with another text`)
    }
  }
  const isRefused = attempts.every(({ outcome }) => outcome === 'fail')
  if (isRefused && message) verdict.found('phantom', `${key} was refused and is stored as ${message.seq}`)
}

function judgeOrder(writer: WriterLog, stored: Stored, isSentOnce: (key: string) => boolean, verdict: Verdict): void {
  let last = 0
  for (const { clientId } of writer.attempts) {
    const key = keyOf(writer.conversationId, writer.senderId, clientId)
    const seq = isSentOnce(key) ? stored.get(key)?.seq : undefined
    if (seq === undefined) continue
    if (seq < last) verdict.found('reordered', `${key} was sent after what is ${last}, and is stored as ${seq}`)
    last = Math.max(last, seq)
  }
}

function keyOf(conversationId: number, senderId: number, clientId: string): string {
  return `${clientId} of user ${senderId} in conversation ${conversationId}`
}
