// Announces what a group stored, and answers its senders.
import { type Change, ChatError, isServerKey } from '@goftegu/protocol'
import { inSpan } from '@goftegu/tracing'
import type { Committed } from '../committed.ts'
import type { Draft, Entry } from './entry.ts'
import type { Outcome } from './statement.ts'

/**
 * Announces and answers the messages of a group, and returns those that are `busy`, in their order. The announcement
 * comes first, in order of `seq`, so that whoever hears `accepted` finds the event on its way.
 */
export function settle(
  group: readonly Entry[],
  outcomes: readonly Outcome[],
  { epoch, committed }: { epoch: string; committed: Committed },
): Entry[] {
  const answered = outcomes.map(outcome => ({ entry: group[outcome.ord - 1]!, outcome }))
  const news = answered.filter(isNews).map(({ entry, outcome }) => ({
    entry,
    change: newMessage(entry.draft, outcome, epoch),
  }))
  news.sort((a, b) => a.change.conversation_id - b.change.conversation_id || a.change.event.seq - b.change.event.seq)
  announce(news, committed)
  for (const { entry, outcome } of answered) answer(entry, outcome)
  return answered.filter(({ outcome }) => outcome.outcome === 'busy').map(({ entry }) => entry)
}

type News = { entry: Entry; change: Change & { event: { seq: number } } }

/** All at once; each in the trace of its sender where there is one. */
function announce(news: readonly News[], committed: Committed): void {
  if (news.some(({ entry }) => entry.span)) {
    for (const { entry, change } of news) inSpan(entry.span, () => committed([change]))
  } else committed(news.map(({ change }) => change))
}

/** A repeat of an attempt of ours that was committed unheard was never announced: rooms drop what they have already. */
function isNews({ entry, outcome }: { entry: Entry; outcome: Outcome }): boolean {
  return outcome.outcome === 'stored' || (outcome.outcome === 'repeat' && entry.mayBeStored)
}

/** The event of a message that was stored now, with the text as it was sent. */
export function newMessage(draft: Draft, stored: Outcome, epoch: string): Change {
  const { id, seq, created_at, username, profile_picture } = stored
  const { conversation_id, sender_id, content, key } = draft
  const sender = { id: sender_id, username: username!, profile_picture }
  const message = { id: id!, sender, content, timestamp: created_at!.toISOString() }
  const own = isServerKey(key) ? {} : { client_id: key }
  return { conversation_id, epoch, event: { type: 'new_message', seq: seq!, changed_seq: seq!, ...own, message } }
}

function answer(entry: Entry, { outcome, id, seq, created_at }: Outcome): void {
  if (outcome === 'stored' || outcome === 'repeat') {
    const { conversation_id, key } = entry.draft
    // A key of ours can only repeat an attempt of ours: to its sender the message is stored now.
    const seen = isServerKey(key) ? 'stored' : outcome
    entry.accept({ outcome: seen, conversation_id, message_id: id!, seq: seq!, created_at: created_at! })
  } else if (outcome !== 'busy') {
    // One answer for `absent` and `not_a_participant`: a stranger cannot tell what exists.
    entry.refuse(new ChatError(outcome === 'conflict' ? 'client_id_conflict' : 'conversation_not_found'))
  }
}
