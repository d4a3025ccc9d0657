// Which numbers of a conversation a user may see, from the history of its participants.
import type { ConversationState } from './database-state.ts'

/** Numbers from `from` to `to`, both included. */
export type Span = { from: number; to: number }

/** One span per stay, the removal's own number included: the removed user hears of it. */
export function visibleSpans(conversation: ConversationState, userId: number, isStaff: boolean): Span[] {
  if (isStaff) return [{ from: 1, to: Number.POSITIVE_INFINITY }]
  const own = conversation.participants.find(participant => participant.user_id === userId)
  const moves = conversation.changes
    .filter(({ type, user_id }) => user_id === userId && /^participant_(added|removed)$/.test(type))
    .sort((a, b) => a.seq - b.seq)
  const spans: Span[] = []
  // Whoever was never added was there from the beginning.
  let from: number | undefined = moves[0]?.type === 'participant_added' ? undefined : 1
  if (moves.length === 0 && !own) return []
  for (const move of moves) {
    if (move.type === 'participant_removed') spans.push({ from: from ?? 1, to: move.seq })
    from = move.type === 'participant_added' ? (move.visible_from ?? 1) : undefined
  }
  if (own) spans.push({ from: own.visible_from, to: Number.POSITIVE_INFINITY })
  return spans
}

/** Whether `seq` may be seen; and with it what was stored as `earlier`, as far back as the same stay reaches. */
export function isWithin(spans: Span[], seq: number, earlier = seq): boolean {
  return spans.some(({ from, to }) => from <= Math.min(earlier, seq) && seq <= to)
}
