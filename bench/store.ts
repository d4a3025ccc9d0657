// How many messages a second the store takes, without sockets: `chat.messages.post` alone.
import { parseArgs } from 'node:util'
import { createChat } from '@goftegu/chat'
import { Database, migrate } from '@goftegu/database'
import { freshDatabase } from '@goftegu/testkit'

const { values } = parseArgs({
  options: {
    senders: { type: 'string', default: '1000' },
    conversations: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
})
const senders = Number(values.senders)
const conversations = Number(values.conversations)
const seconds = Number(values.seconds)

const undo: (() => unknown)[] = []
const { url } = await freshDatabase({ after: fn => undo.push(fn) }, migrate)
const database = new Database({ url })
let groups = 0
const chat = createChat({
  database,
  committed: () => groups++,
  publicUrl: () => 'http://localhost',
  onError: console.error,
})

/** Users in conversations of as many as it takes to place every sender once. */
async function people(): Promise<{ id: number; conversation_id: number }[]> {
  const names = Array.from({ length: senders }, (_, n) => ({
    username: `u${n}`,
    username_key: `u${n}`,
    password_hash: '',
  }))
  const users = await database.db.insertInto('users').values(names).returning('id').execute()
  const size = Math.ceil(senders / conversations)
  const placed = []
  for (let at = 0; at < users.length; at += size) {
    const ids = users.slice(at, at + size).map(user => user.id)
    const owner = { id: ids[0]!, is_staff: false }
    const group = await chat.conversations.createGroup(owner, { title: 'bench', participant_ids: ids })
    placed.push(...ids.map(id => ({ id, conversation_id: group.id })))
  }
  return placed
}

/** Everybody sends, each one message at a time, until the time is over. Returns messages per second. */
async function round(everybody: { id: number; conversation_id: number }[]) {
  groups = 0
  const began = { ms: performance.now(), cpu: process.cpuUsage() }
  const delaysMs: number[] = []
  const send = async ({ id, conversation_id }: { id: number; conversation_id: number }) => {
    while (performance.now() - began.ms < seconds * 1000) {
      const sentMs = performance.now()
      await chat.messages.post(
        { id, is_staff: false },
        { conversation_id, content: 'a message of some forty characters, or so' },
      )
      delaysMs.push(performance.now() - sentMs)
    }
  }
  await Promise.all(everybody.map(send))
  const tookMs = performance.now() - began.ms
  const { user, system } = process.cpuUsage(began.cpu)
  delaysMs.sort((a, b) => a - b)
  return {
    'messages/s': Math.round((delaysMs.length / tookMs) * 1000),
    'commits/message': Number((groups / delaysMs.length).toFixed(4)),
    'Node CPU µs/message': Number(((user + system) / delaysMs.length).toFixed(1)),
    'p50 ms': Math.round(delaysMs[Math.floor(delaysMs.length / 2)]!),
    'p99 ms': Math.round(delaysMs[Math.floor(delaysMs.length * 0.99)]!),
  }
}

const everybody = await people()
console.log(`${senders} senders in ${conversations} conversations, ${seconds} s each`)
const results = []
for (let n = 0; n < Number(values.rounds); n++) results.push(await round(everybody))
console.table(results)
await chat.close()
await database.close()
for (const fn of undo.reverse()) await fn()
