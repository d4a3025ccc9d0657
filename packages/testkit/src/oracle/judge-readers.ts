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
 * phantom: a number that is not stored, or another kind of change, subject or sender than the one stored under it; handed
 *   over in a history that is over (another epoch), it was stored then, and counts as lost, or as gone where that is by
 *   design;
 * leaked: a number that the reader may not see, or one that they may, with the text or the file of a message that they
 *   may not;
 * diverged: a message that the reader holds and that a fresh fetch shows otherwise, or not at all; or one that the fetch
 *   shows, and what the reader loaded lacked.
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
  const numbers = new Map(conversation.messages.map(({ id, seq }) => [id, seq]))
  const isStored = storedIn(conversation)
  const spans = visibleSpans(conversation, reader.userId, reader.isStaff)
  for (const event of heard) {
    const { seq, type, atMs, message } = event
    const notStored = notStoredOf(atMs)
    if (!isStored(event)) {
      if (notStored === 'gone') verdict.gone.events++
      else verdict.found(notStored, `${name} was handed ${type} ${seq}, which is not stored`)
    } else if (!isWithin(spans, seq)) {
      verdict.found('leaked', `${name} was handed ${type} ${seq}, and may not see it`)
    } else if (message?.isShown && !isWithin(spans, seq, numbers.get(message.id))) {
      verdict.found(
        'leaked',
        `${name} was handed ${type} ${seq} with what message ${message.id} says, and may not see it`,
      )
    }
  }
}

/** Whether what was handed over is what is stored under its number, as far as both say what it is about. */
function storedIn({ messages, changes }: ConversationState): (heard: Stretch['heard'][number]) => boolean {
  const messagesBySeq = new Map(messages.map(message => [message.seq, message]))
  const changesBySeq = new Map(changes.map(change => [change.seq, change]))
  return ({ seq, type, message, userId }) => {
    if (type === 'new_message') {
      const stored = messagesBySeq.get(seq)
      return stored?.id === message?.id && (message?.senderId ?? stored?.sender_id) === stored?.sender_id
    }
    const stored = changesBySeq.get(seq)
    return stored?.type === type && isSame(stored.message_id, message?.id) && isSame(stored.user_id, userId)
  }
}

function isSame(stored: number | null | undefined, heard: number | undefined): boolean {
  return (stored ?? undefined) === undefined || stored === heard
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
  const own = conversation.participants.find(({ user_id }) => user_id === reader.userId)
  if (reader.hasLeft || !(reader.isStaff || own)) return
  const visibleFrom = reader.isStaff ? 1 : (own?.visible_from ?? 1)
  const loadedTo = reader.isLoaded ? reader.stretches.at(-1)!.after : 0
  for (const { id, seq, content, is_deleted } of conversation.messages) {
    const held = reader.view.get(id)
    const isSame = held?.seq === seq && held.content === (is_deleted ? '' : content) && held.is_deleted === is_deleted
    const isLoaded = seq >= visibleFrom && seq <= loadedTo
    if (!held && isLoaded) verdict.found('diverged', `${name} loaded messages without ${id} (${seq})`)
    if (held && !isSame) verdict.found('diverged', `${name} shows message ${id} (${seq}) otherwise than a fresh fetch`)
  }
  judgeInvented(name, reader, conversation, verdict)
}

/** What came in an event is judged as that. */
function judgeInvented(name: string, reader: ReaderLog, { messages }: ConversationState, verdict: Verdict): void {
  const known = new Set(messages.map(({ id }) => id))
  for (const { heard } of reader.stretches) for (const { message } of heard) if (message) known.add(message.id)
  for (const id of reader.view.keys()) {
    if (!known.has(id)) verdict.found('diverged', `${name} shows message ${id}, which is not stored`)
  }
}
