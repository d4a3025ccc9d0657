// What may lie in the database after all that, and what does.
import { createHash } from 'node:crypto'
import type { Database } from '@goftegu/database'
import { isContent, isStorable } from '@goftegu/protocol'
import { readHeads, readState } from '../replicas/stored-state.ts'
import { parsed } from './predict.ts'

/** Keeps what was validly sent, and finds in the database what was not. */
export class Stored {
  readonly #contents = new Set<string>(['first', 'as usual'].map(hashOf))

  expectFrame(payload: Buffer): void {
    this.#expect(payload.toString())
  }

  expectBody(payload: Buffer): void {
    this.#expect(payload.toString().replace(/^\ufeff/, ''))
  }

  #expect(text: string): void {
    const body = parsed(text)
    if (typeof body !== 'object' || body === null || !('content' in body)) return
    const { content } = body
    if (typeof content === 'string' && isContent(content)) this.#contents.add(hashOf(content))
  }

  /** What lies there and should not, one sentence each. */
  async faults(database: Database): Promise<string[]> {
    const { db } = database
    const { conversations } = await readState(database, [...(await readHeads(database)).keys()])
    const messages = conversations.flatMap(({ messages }) => messages)
    const users = await db
      .selectFrom('users')
      .select(['id', 'username', 'first_name', 'last_name', 'is_staff'])
      .execute()
    return [
      ...conversations
        .filter(({ last_seq, messages, changes }) => !isWhole(last_seq, [...messages, ...changes]))
        .map(({ id }) => `the numbers of conversation ${id} have holes`),
      ...messages
        .filter(({ content, is_deleted }) => (is_deleted ? content !== '' : !this.#contents.has(hashOf(content))))
        .map(
          ({ id, content }) =>
            `message ${id} has a text that nobody validly sent: ${JSON.stringify(content).slice(0, 200)}`,
        ),
      ...users
        .filter(user => user.is_staff || ![user.username, user.first_name, user.last_name].every(isStorable))
        .map(user => `a user that should not be: ${JSON.stringify(user)}`),
    ]
  }
}

/** Whether every number up to the head was taken, once. */
function isWhole(lastSeq: number, numbered: readonly { seq: number }[]): boolean {
  return numbered.length === lastSeq && new Set(numbered.map(({ seq }) => seq)).size === lastSeq
}

function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('base64')
}
