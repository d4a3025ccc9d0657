// A database with people in it, and chat on top.
import { type Chat, createChat, type WriterLimits } from '@goftegu/chat'
import { Database, migrate } from '@goftegu/database'
import type { Change, Level } from '@goftegu/protocol'
import { type Cleanup, freshDatabase, type PostgresServer } from '@goftegu/testkit'

export type Person = { id: number; is_staff: boolean }

export type WorldOptions = {
  server?: PostgresServer
  writer?: Partial<WriterLimits>
  poolSize?: number
  /** Stands between chat and PostgreSQL: given the database's URL, the one that chat is to use. */
  through?: (url: string) => Promise<string>
}

export type World = {
  url: string
  /** Chat's own. */
  database: Database
  /** Straight to PostgreSQL, whatever stands between it and chat. */
  direct: Database
  chat: Chat
  /** What was announced, in order. */
  events: (Change | Level)[]
  /** What is ended after the test, the last first. */
  closing: (() => Promise<unknown>)[]
  /** What `onError` heard. */
  faults: string[]
  /** Creates users; the names are theirs. */
  people(...names: string[]): Promise<Person[]>
  staff(name: string): Promise<Person>
  /** Creates a group with the first as its owner; returns its id. */
  group(people: readonly Person[], history?: 'all' | 'joined'): Promise<number>
}

export async function world(t: Cleanup, options: WorldOptions = {}): Promise<World> {
  const closing: World['closing'] = []
  t.after(async () => {
    for (const close of closing.reverse()) await close()
  })
  const { url } = await freshDatabase({ after: undo => closing.push(async () => undo()) }, migrate, options)
  const open = (to: string) => {
    const database = new Database({ url: to, poolSize: options.poolSize })
    closing.push(() => database.close())
    return database
  }
  const direct = open(url)
  const database = options.through ? open(await options.through(url)) : direct
  const events: World['events'] = []
  const faults: string[] = []
  const chat = createChat({
    database,
    committed: news => events.push(...news),
    publicUrl: () => 'https://chat.example',
    onError: (_, context) => faults.push(context),
    writer: options.writer,
  })
  closing.push(() => chat.close())
  const add = async (names: string[], is_staff: boolean): Promise<Person[]> => {
    const rows = names.map(username => ({ username, username_key: username, password_hash: '', is_staff }))
    const users = await direct.db.insertInto('users').values(rows).returning('id').execute()
    return users.map(({ id }) => ({ id, is_staff }))
  }
  return {
    url,
    database,
    direct,
    chat,
    events,
    closing,
    faults,
    people: (...names) => add(names, false),
    staff: async name => (await add([name], true))[0]!,
    group: async ([owner, ...others], history) => {
      const participant_ids = others.map(other => other.id)
      return (await chat.conversations.createGroup(owner!, { title: 'a group', participant_ids, history })).id
    },
  }
}
