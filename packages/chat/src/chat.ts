// All verbs of chat, bound to one database.
import { asUnavailable, type Database } from '@goftegu/database'
import type { WriterMetrics } from '@goftegu/metrics'
import type { Actor } from './actor.ts'
import { addAttachment, checkAttach, type File, findAttachment, type Place } from './attachments/attachments.ts'
import { forgetRemovals, knownKeys, listRemovals } from './attachments/sweep.ts'
import { readHeads } from './changes/heads.ts'
import { fill, replay } from './changes/replay.ts'
import { readSnapshot } from './changes/snapshot.ts'
import { type Committed, type OnError, tolerantly } from './committed.ts'
import type { Context } from './context.ts'
import { addParticipant } from './conversations/add-participant.ts'
import { changeRole } from './conversations/change-role.ts'
import { createGroup } from './conversations/create-group.ts'
import { getConversation, listConversations } from './conversations/read.ts'
import { removeParticipant } from './conversations/remove-participant.ts'
import { renameGroup } from './conversations/rename.ts'
import { editMessage } from './messages/edit.ts'
import { getMessage } from './messages/get.ts'
import { pageOfMessages } from './messages/page.ts'
import { postMessage } from './messages/post.ts'
import { postDirect } from './messages/post-direct.ts'
import { removeMessage } from './messages/remove.ts'
import { markRead } from './reads/mark.ts'
import { type WriterLimits, writerLimits } from './writer/limits.ts'
import { Writer } from './writer/writer.ts'

export type ChatOptions = {
  /** Of the primary, migrated. */
  database: Database
  /** Told of every change after its commit and before its author is answered; the composition root publishes. */
  committed: Committed
  /** Origin of the URLs of attachments, without a slash at its end; asked each time, as the port may not be known yet. */
  publicUrl: () => string
  /** Told of what no caller hears of. */
  onError?: OnError
  /** What differs from `writerLimits`. */
  writer?: Partial<WriterLimits>
  metrics?: WriterMetrics
}

export type Chat = ReturnType<typeof createChat>

/**
 * The verbs of chat. Every one throws ChatError for what a client may hear: what its own docstring lists, and
 * `unavailable` while PostgreSQL is away. Anything else that is thrown is a fault of ours.
 */
export function createChat(options: ChatOptions) {
  const { database, committed, publicUrl, onError = () => {}, writer: limits, metrics } = options
  const { deadlineMs } = { ...writerLimits, ...limits }
  const context: Context = { database, committed: tolerantly(committed, onError), publicUrl, onError, deadlineMs }
  const writer = new Writer({ ...context, limits, metrics })
  const verb = <A extends unknown[], R>(run: (context: Context, ...args: A) => Promise<R>) => bind(context, run)
  return {
    messages: {
      post: (actor: Actor, message: Parameters<typeof postMessage>[2]) => postMessage(writer, actor, message),
      postDirect: verb((context, actor: Actor, message: Parameters<typeof postDirect>[3]) =>
        postDirect(context, writer, actor, message),
      ),
      get: verb(getMessage),
      page: verb(pageOfMessages),
      edit: verb(editMessage),
      remove: verb(removeMessage),
    },
    conversations: {
      list: verb(listConversations),
      get: verb(getConversation),
      createGroup: verb(createGroup),
      addParticipant: verb(addParticipant),
      removeParticipant: verb(removeParticipant),
      changeRole: verb(changeRole),
      rename: verb(renameGroup),
    },
    reads: { mark: verb(markRead) },
    attachments: {
      check: verb(checkAttach),
      add: verb((context, actor: Actor, file: Place & File) => addAttachment(context, actor, file)),
      find: verb(findAttachment),
      removals: verb(listRemovals),
      forget: verb(forgetRemovals),
      known: verb(knownKeys),
    },
    changes: { snapshot: verb(readSnapshot), heads: verb(readHeads), replay: verb(replay), fill: verb(fill) },
    /** Refuses new messages, and resolves once every message that was accepted has its outcome. */
    close: () => writer.close(),
  }
}

/** The one place where an absent PostgreSQL becomes a refusal that says so. */
function bind<A extends unknown[], R>(context: Context, run: (context: Context, ...args: A) => Promise<R>) {
  return async (...args: A): Promise<R> => {
    try {
      return await run(context, ...args)
    } catch (error) {
      throw asUnavailable(error)
    }
  }
}
