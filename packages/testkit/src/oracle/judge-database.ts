// What the database alone says: every number once, every key once.
import type { ConversationState } from './database-state.ts'
import type { Verdict } from './verdict.ts'

/**
 * lost: a number between 1 and `last_seq` that is neither a message nor a change;
 * duplicated: a number or a (sender, client_id) that is stored twice;
 * phantom: a number above `last_seq`.
 */
export function judgeDatabase({ id, last_seq, messages, changes }: ConversationState, verdict: Verdict): void {
  const seqs = new Set<number>()
  for (const { seq } of [...messages, ...changes]) {
    if (seqs.has(seq)) verdict.found('duplicated', `conversation ${id} stores number ${seq} twice`)
    if (seq > last_seq) verdict.found('phantom', `conversation ${id} stores ${seq}, above its head ${last_seq}`)
    seqs.add(seq)
  }
  for (let seq = 1; seq <= last_seq; seq++) {
    if (!seqs.has(seq)) verdict.found('lost', `conversation ${id} has a hole at ${seq}`)
  }
  const keys = new Set<string>()
  for (const { sender_id, client_id } of messages) {
    const key = `${sender_id} ${client_id}`
    if (keys.has(key)) verdict.found('duplicated', `conversation ${id} stores ${client_id} of user ${sender_id} twice`)
    keys.add(key)
  }
}
