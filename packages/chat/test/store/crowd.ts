// Many writers on few conversations, with repeats and removals: what a store must survive.
import type { Chat, Stored } from '@goftegu/chat'
import type { Database } from '@goftegu/database'
import { ChatError } from '@goftegu/protocol'
import type { Person, World } from '../world.ts'

export type CrowdOptions = {
  /** Processes that write into the same database. */
  chats: readonly Chat[]
  conversations: number
  /** Members of each conversation beside its owner; all of them write. */
  members: number
  /** How many each member writes into each conversation, one after the other. */
  messages: number
  /** Called after each answer, with how many there were; its sender waits for it. */
  onAnswer?: (count: number) => Promise<void> | undefined
}

/** One answer to one send; `n` counts a sender's messages in a conversation. */
export type Told = { key: string; n: number; sender_id: number; conversation_id: number; answer: Stored | string }

/**
 * Every member writes into every conversation, each third message twice at once through different processes, while the
 * owner removes and adds members. Returns what the senders were told.
 */
export async function crowd(w: World, options: CrowdOptions): Promise<Told[]> {
  const { chats, conversations, members, messages, onAnswer } = options
  const names = ['owner', ...Array.from({ length: members }, (_, n) => `member${n}`)]
  const [owner, ...writers] = await w.people(...names)
  const ids = await Promise.all(Array.from({ length: conversations }, () => w.group([owner!, ...writers])))
  const told: Told[] = []
  const send = async (sender: Person, conversation_id: number, n: number, by: number) => {
    const client_id = `${sender.id}:${n}`
    const chat = chats[by % chats.length]!
    const answer = await answerOf(chat.messages.post(sender, { conversation_id, content: `text ${n}`, client_id }))
    told.push({ key: `${conversation_id}:${client_id}`, n, sender_id: sender.id, conversation_id, answer })
    await onAnswer?.(told.length)
    return answer
  }
  const write = async (sender: Person, conversation_id: number) => {
    for (let n = 0; n < messages; n++) {
      const copies = n % 3 === 0 ? 2 : 1
      await Promise.all(Array.from({ length: copies }, (_, copy) => send(sender, conversation_id, n, n + copy)))
    }
  }
  const writing = Promise.all(ids.flatMap(id => writers.map(writer => write(writer, id))))
  let isOver = false
  writing.finally(() => {
    isOver = true
  })
  const moving = ids.map(async (conversation_id, at) => {
    for (let round = 0; !isOver; round++) {
      const member = writers[(round + at) % writers.length]!
      const chat = chats[round % chats.length]!
      const place = { conversation_id, user_id: member.id }
      await persist(() => chat.conversations.removeParticipant(owner!, place), 'user_not_found')
      await send(member, conversation_id, 1_000_000 + round, round)
      await persist(() => chat.conversations.addParticipant(owner!, place), 'participant_exists')
    }
  })
  await Promise.all([writing, ...moving])
  return told
}

/** What a sender hears: the place of its message, or a code. */
export async function answerOf(sent: Promise<Stored>): Promise<Stored | string> {
  try {
    return await sent
  } catch (error) {
    if (error instanceof ChatError) return error.code
    throw error
  }
}

/** Repeats what PostgreSQL cut off; `done` says that an earlier attempt had been committed. */
async function persist(change: () => Promise<void>, done: string): Promise<void> {
  for (;;) {
    const answer = await change().then(
      () => 'done',
      error => (error instanceof ChatError ? error.code : Promise.reject(error)),
    )
    if (answer === 'done' || answer === done) return
    if (answer !== 'unavailable') throw new Error(`a change was refused: ${answer}`)
  }
}

/** What senders were told against what is stored; all are 0 in a sound store. */
export type Lies = {
  /** An accepted message that is not there, or elsewhere. */
  lost: number
  /** Answers to one key that name different messages. */
  different: number
  /** A message that is there although every answer to it was a refusal. */
  phantom: number
  /** Answers that a sound request never gets. */
  wrong: number
  /** A sender's messages out of the order in which they were sent. */
  reordered: number
  /** Messages of somebody who had been removed, sent after the removal was committed. */
  afterRemoval: number
}

export const noLies: Lies = { lost: 0, different: 0, phantom: 0, wrong: 0, reordered: 0, afterRemoval: 0 }

export async function liesIn(told: readonly Told[], database: Database): Promise<Lies> {
  const rows = await database.db.selectFrom('messages').select(['id', 'seq', 'conversation_id', 'client_id']).execute()
  const stored = new Map(rows.map(row => [`${row.conversation_id}:${row.client_id}`, row]))
  const lies = { ...noLies }
  for (const [key, answers] of Map.groupBy(told, one => one.key)) {
    const row = stored.get(key)
    const accepted = answers.flatMap(({ answer }) => (typeof answer === 'string' ? [] : [answer]))
    const codes = answers.flatMap(({ answer }) => (typeof answer === 'string' ? [answer] : []))
    if (new Set(accepted.map(answer => answer.message_id)).size > 1) lies.different++
    if (accepted.some(answer => answer.message_id !== row?.id || answer.seq !== row.seq)) lies.lost++
    if (row && accepted.length === 0 && !codes.includes('outcome_unknown')) lies.phantom++
    if (answers[0]!.n >= 1_000_000 && row) lies.afterRemoval++
    lies.wrong += codes.filter(code => code !== 'conversation_not_found' && code !== 'outcome_unknown').length
  }
  for (const sent of Map.groupBy(told, one => `${one.conversation_id}:${one.sender_id}`).values()) {
    const ordered = sent.filter(one => one.n < 1_000_000).sort((a, b) => a.n - b.n)
    const seqs = ordered.flatMap(({ key }) => stored.get(key)?.seq ?? [])
    if (seqs.some((seq, at) => seq < (seqs[at - 1] ?? 0))) lies.reordered++
  }
  return lies
}
