// What a reader was handed, held against what is stored and what it may see.
import type { ConversationState } from './database-state.ts'
import type { Loss } from './judge-writers.ts'
import type { ReaderLog, Stretch } from './reader-log.ts'
import type { Verdict } from './verdict.ts'
import { isWithin, visibleSpans } from './visibility.ts'

/**
 * lost: a number that the reader may see, came while it listened, and was never handed over;
 * duplicated: a number, or a sender's `client_id`, handed over twice;
 * reordered: a number below one handed over before;
 * phantom: a number that is not stored, or another message than the one stored under it; handed over in a history that
 *   is over (another epoch), it was stored then, and counts as lost, or as gone where that is by design;
 * leaked: a number that the reader may not see;
 * diverged: a message that the reader holds and that a fresh fetch shows otherwise.
 */
export function judgeReader(
  reader: ReaderLog,
  conversation: ConversationState,
  { epoch, losses }: { epoch: string | undefined; losses: readonly Loss[] },
  verdict: Verdict,
): void {
  const name = `reader ${reader.userId} of conversation ${reader.conversationId}`
  for (const stretch of reader.stretches) judgeOrder(name, stretch, verdict)
  for (const stretch of reader.stretches) {
    const isOver = epoch !== undefined && stretch.epoch !== epoch
    // Whoever was told late that the history is over, was still handed what was on its way.
    const mayBeGone = (atMs: number) => losses.some(({ sinceMs }) => atMs >= sinceMs)
    const notStored = (atMs: number) => (!isOver ? 'phantom' : mayBeGone(atMs) ? 'gone' : 'lost')
    judgeTruth(name, reader, stretch, conversation, notStored, verdict)
  }
  judgeWholeness(name, reader, conversation, verdict)
  judgeView(name, reader, conversation, verdict)
}

function judgeOrder(name: string, { heard }: Stretch, verdict: Verdict): void {
  const seen = new Set<number>()
  const keys = new Set<string>()
  let last = 0
  for (const { seq, type, message } of heard) {
    const key = type === 'new_message' ? message?.key : undefined
    if (seen.has(seq)) verdict.found('duplicated', `${name} was handed ${seq} twice`)
    else if (key && keys.has(key)) verdict.found('duplicated', `${name} was handed the message ${key} twice`)
    else if (seq < last) verdict.found('reordered', `${name} was handed ${seq} after ${last}`)
    seen.add(seq)
    if (key) keys.add(key)
    last = Math.max(last, seq)
  }
}

function judgeTruth(
  name: string,
  reader: ReaderLog,
  { heard }: Stretch,
  conversation: ConversationState,
  notStoredOf: (atMs: number) => 'lost' | 'phantom' | 'gone',
  verdict: Verdict,
): void {
  const messages = new Map(conversation.messages.map(message => [message.seq, message.id]))
  const changes = new Set(conversation.changes.map(({ seq }) => seq))
  const spans = visibleSpans(conversation, reader.userId, reader.isStaff)
  for (const { seq, type, atMs, message } of heard) {
    const notStored = notStoredOf(atMs)
    const isStored = type === 'new_message' ? messages.get(seq) === message?.id : changes.has(seq)
    if (!isStored && notStored === 'gone') verdict.gone.events++
    else if (!isStored && notStored !== 'gone')
      verdict.found(notStored, `${name} was handed ${type} ${seq}, which is not stored`)
    else if (!isWithin(spans, seq)) verdict.found('leaked', `${name} was handed ${type} ${seq}, and may not see it`)
  }
}

function judgeWholeness(name: string, reader: ReaderLog, conversation: ConversationState, verdict: Verdict): void {
  const own = conversation.participants.find(({ user_id }) => user_id === reader.userId)
  const visibleFrom = reader.isStaff ? 1 : own?.visible_from
  for (const [index, { after, heard }] of reader.stretches.entries()) {
    const seqs = new Set(heard.map(({ seq }) => seq))
    const listenedToTheEnd = index === reader.stretches.length - 1 && !reader.hasLeft && visibleFrom !== undefined
    const to = listenedToTheEnd ? conversation.last_seq : Math.max(after, ...seqs)
    // Someone who is no participant any more is judged by what came before the last that it heard.
    for (let seq = Math.max(after + 1, visibleFrom ?? 1); seq <= to; seq++) {
      if (!seqs.has(seq)) verdict.found('lost', `${name} was never handed ${seq}`)
    }
  }
}

function judgeView(name: string, reader: ReaderLog, conversation: ConversationState, verdict: Verdict): void {
  if (reader.hasLeft || !(reader.isStaff || conversation.participants.some(own => own.user_id === reader.userId)))
    return
  for (const { id, seq, content, is_deleted } of conversation.messages) {
    const held = reader.view.get(id)
    const isSame = held?.seq === seq && held.content === (is_deleted ? '' : content) && held.is_deleted === is_deleted
    if (held && !isSame) verdict.found('diverged', `${name} shows message ${id} (${seq}) otherwise than a fresh fetch`)
  }
}
