// A restored database: clients of the time before hear `resync`, and no number is taken for another.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { Database, migrate } from '@goftegu/database'
import {
  connect,
  findPostgres15,
  freshRedis,
  memoryFolder,
  type PrivatePostgres,
  privatePostgres,
  spawnService,
} from '@goftegu/testkit'
import { blocksOf, readDocument, repository } from './documents/markdown.ts'
import { inReverse } from './replicas/in-reverse.ts'
import { addPeople, type Person } from './replicas/people.ts'

const run = promisify(execFile)

/** The command of the runbook, as it stands there. */
const renewEpoch = blocksOf(readDocument('docs/operations.md')).find(({ name }) => name === 'renew-epoch')!.text
const statement = /"(update [^"]+)"/.exec(renewEpoch)![1]!

/** A standalone service on this database, for as long as `use` takes. */
async function serve<T>(t: TestContext, url: string, use: (address: string) => Promise<T>): Promise<T> {
  const life = inReverse(t)
  const redis = await freshRedis(life)
  const folder = mkdtempSync(join(tmpdir(), 'goftegu-restore-'))
  life.after(() => rmSync(folder, { recursive: true, force: true }))
  const service = await spawnService(life, {
    script: join(repository, 'services/standalone/src/server.ts'),
    env: { DATABASE_URL: url, REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix, PORT: '0', DATA_DIR: folder },
    ready: /ready at (http\S+)/,
    readyWithinMs: 40_000,
  })
  try {
    return await use(service.readyMatch![1]!)
  } finally {
    await service.stop(20_000)
  }
}

/** Posts these texts in the group and answers the last one's number. */
async function post(address: string, { token }: Person, conversation_id: number, contents: string[]): Promise<number> {
  let seq = 0
  for (const content of contents) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ conversation_id, content })
    const answer = await fetch(`${address}/api/messages/`, { method: 'POST', headers, body })
    assert.equal(answer.status, 201)
    seq = ((await answer.json()) as { seq: number }).seq
  }
  return seq
}

/** Comes back with a cursor; answers the epoch, and what is heard first after `ready`. */
async function resume(address: string, { token }: Person, conversation: number, cursor: string) {
  const socket = await connect(`${address}/ws/chat/${conversation}/${cursor}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { epoch, seq } = await socket.next('ready')
  const first = cursor === '' ? undefined : await socket.next()
  await socket.close()
  return { epoch, seq, first }
}

/** Two people in a group, as rows. */
async function people(url: string): Promise<{ ann: Person; group: number }> {
  await migrate(url)
  const database = new Database({ url })
  const [ann] = (await addPeople(database, ['ann', 'bob'])) as [Person]
  const { rows } = await database.pool.query<{ id: number }>(
    `with made as (insert into conversations (kind, title) values ('group', 'g') returning id),
          head as (insert into conversation_heads (conversation_id) select id from made),
          inside as (insert into participants (conversation_id, user_id) select made.id, users.id from made, users)
     select id from made`,
  )
  await database.close()
  return { ann, group: rows[0]!.id }
}

async function epochOf(url: string): Promise<string> {
  const database = new Database({ url })
  await database.connect()
  await database.close()
  return database.epoch
}

async function query(url: string, text: string): Promise<void> {
  const database = new Database({ url })
  await database.pool.query(text)
  await database.close()
}

/** What the two restores have in common: `save`, three messages more, `restore`, two others in their place. */
async function restoreUnderClients(
  t: TestContext,
  url: string,
  { save, restore }: { save: () => Promise<void>; restore: () => Promise<string> },
): Promise<void> {
  const { ann, group } = await people(url)
  const { epoch } = await serve(t, url, async address => {
    await post(address, ann, group, ['1', '2'])
    return resume(address, ann, group, '')
  })
  await save()
  await serve(t, url, address => post(address, ann, group, ['3', '4', '5']))
  const restored = await restore()
  assert.equal(await epochOf(restored), epoch, 'the control: without the renewal, old cursors would be believed')

  await query(restored, statement)
  const cursor = `?since=4&epoch=${epoch}`
  await serve(t, restored, async address => {
    await post(address, ann, group, ['other 3', 'other 4', 'other 5'])
    const renewed = await resume(address, ann, group, cursor)
    assert.notEqual(renewed.epoch, epoch)
    assert.deepEqual(renewed.first, { type: 'resync', seq: 5, epoch: renewed.epoch })
  })
}

suite('a restored database', () => {
  test('a disk put back as it was: the epoch is renewed, and clients resync', async t => {
    const postgres = await privatePostgres(t, { parent: memoryFolder() })
    let putBack: (() => Promise<void>) | undefined
    const turn = async (work: (postgres: PrivatePostgres) => Promise<void>) => {
      await postgres.stop()
      await work(postgres)
      await postgres.startAgain()
    }
    const save = () =>
      turn(async () => {
        putBack = await postgres.copyData()
      })
    const restore = async () => {
      await turn(() => putBack!())
      return postgres.url
    }
    await restoreUnderClients(t, postgres.url, { save, restore })
  })

  const binaries = findPostgres15()
  const skip = binaries ? false : 'no pg_dump here: apt-get install postgresql-15'
  test('pg_dump and pg_restore over the same database: the same', { skip }, async t => {
    const postgres = await privatePostgres(t, { binaries: binaries!, parent: memoryFolder() })
    const { url } = postgres
    const file = `/tmp/goftegu-restore-${process.pid}.dump`
    t.after(() => run('rm', ['-f', file]))
    await restoreUnderClients(t, url, {
      save: async () => void (await run(join(binaries!, 'pg_dump'), ['--format=custom', `--file=${file}`, url])),
      restore: async () => {
        const flags = ['--clean', '--if-exists', '--single-transaction', '--exit-on-error']
        await run(join(binaries!, 'pg_restore'), [...flags, `--dbname=${url}`, file])
        return url
      },
    })
  })
})
