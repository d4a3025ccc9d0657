// Posts to the direct conversation with somebody, which the first message creates.
import { setTimeout } from 'node:timers/promises'
import { isUnavailable } from '@goftegu/database'
import { ChatError } from '@goftegu/protocol'
import type { Actor } from '../actor.ts'
import type { Context } from '../context.ts'
import type { Draft, Stored } from '../writer/entry.ts'
import { pollMs } from '../writer/limits.ts'
import type { Writer } from '../writer/writer.ts'
import { keyOf, type Text } from './draft.ts'
import { type Pair, pairOf, startDirect } from './start-direct.ts'

/**
 * Posts to the conversation of the pair; where there is none, creates it with its participants, its head and this
 * message in one transaction. Two callers at once get the same conversation.
 * @throws ChatError (rejects) `recipient_is_self`, `user_not_found`, and all that `postMessage` does
 */
export async function postDirect(
  context: Context,
  writer: Writer,
  actor: Actor,
  { recipient_id, ...text }: Text & { recipient_id: number },
): Promise<Stored> {
  const key = keyOf(text)
  if (recipient_id === actor.id) throw new ChatError('recipient_is_self')
  const draft = { sender_id: actor.id, key, content: text.content }
  const conversation_id = await findDirect(context, pairOf(actor.id, recipient_id))
  if (conversation_id !== null) return writer.post({ ...draft, conversation_id })
  return create(context, writer, { recipient_id, draft })
}

/** Repeats with the same key until the outcome is known: what was stored unheard is then found by that key. */
async function create(
  context: Context,
  writer: Writer,
  { recipient_id, draft }: { recipient_id: number; draft: Omit<Draft, 'conversation_id'> },
): Promise<Stored> {
  const deadlineMs = performance.now() + context.deadlineMs
  for (let mayBeStored = false; ; mayBeStored = true) {
    try {
      const started = await startDirect(context, recipient_id, draft)
      return typeof started === 'number'
        ? await writer.post({ ...draft, conversation_id: started }, mayBeStored)
        : started
    } catch (error) {
      if (!isUnavailable(error)) throw error
      if (performance.now() > deadlineMs) throw new ChatError('outcome_unknown', { cause: error })
      await setTimeout(pollMs)
    }
  }
}

async function findDirect({ database }: Context, { low, high }: Pair): Promise<number | null> {
  const row = await database.db
    .selectFrom('direct_pairs')
    .select('conversation_id')
    .where('low', '=', low)
    .where('high', '=', high)
    .executeTakeFirst()
  return row?.conversation_id ?? null
}
