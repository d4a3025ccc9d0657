// What is fuzzed: the real service as a process of its own, on a real PostgreSQL, with people and conversations in it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, migrate } from '@goftegu/database'
import { type Cleanup, freshDatabase, type Service, spawnService } from '@goftegu/testkit'
import { Caller } from '../contract/caller.ts'
import { repository } from '../documents/markdown.ts'
import { addPeople, type Person } from '../replicas/people.ts'

export type Talk = { id: number; writer: Person; other: Person }
export type Target = {
  url: string
  service: Service
  database: Database
  /** Where frames are thrown. */
  talks: readonly Talk[]
  /** Of two who do nothing: nobody else may be heard in it. */
  quiet: Talk
}

const conversations = 24

/** Starts it; limits that would be in the way are as wide as they go. */
export async function startTarget(life: Cleanup): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-fuzz-'))
  life.after(() => rm(folder, { recursive: true, force: true }))
  const { url: DATABASE_URL } = await freshDatabase(life, migrate)
  const database = new Database({ url: DATABASE_URL, applicationName: 'the fuzzer' })
  await database.connect()
  life.after(() => database.close())
  const service = await spawnService(life, {
    script: join(repository, 'services/standalone/src/server.ts'),
    env: {
      ...{ DATABASE_URL, DATA_DIR: folder, PORT: '0', PUBLIC_URL: '', LOG_LEVEL: 'warn', REDIS_URL: undefined },
      ...{ SOCKET_FRAMES_PER_SECOND: '100000', UPGRADES_PER_SECOND: '100000', REST_WRITES_PER_MINUTE: '1000000' },
    },
    ready: /ready at (http\S+)/,
    readyWithinMs: 60_000,
  })
  const url = service.readyMatch![1]!
  const [quiet, ...talks] = await startTalks(url, database)
  return { url, service, database, talks, quiet: quiet! }
}

async function startTalks(url: string, database: Database): Promise<Talk[]> {
  const names = Array.from({ length: conversations + 1 }, (_, n) => [`writer ${n}`, `other ${n}`]).flat()
  const people = await addPeople(database, names)
  return Promise.all(
    Array.from({ length: conversations + 1 }, async (_, n) => {
      const [writer, other] = [people[2 * n]!, people[2 * n + 1]!]
      const body = { content: 'first', recipient_id: other.id }
      const rest = new Caller(url, writer.token)
      const { conversation } = await rest.expect(201, 'Message', 'POST', '/api/messages/', body)
      return { id: conversation, writer, other }
    }),
  )
}
