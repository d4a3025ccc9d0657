// The API on a port of its own, with a real database and a folder of blobs, and people who use it.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAccounts } from '@goftegu/accounts'
import { type Blobs, createFolderBlobs } from '@goftegu/blobs'
import { createLimiter, type Rate } from '@goftegu/bus'
import { createChat } from '@goftegu/chat'
import { Database, migrate } from '@goftegu/database'
import { createServer, sessionPlugin } from '@goftegu/http'
import type { Change, Level } from '@goftegu/protocol'
import { createLogger } from '@goftegu/runtime'
import { type Cleanup, freshDatabase } from '@goftegu/testkit'
import { apiPlugin } from '../src/index.ts'
import { Client } from './client.ts'

/** What absolute URLs must begin with, whatever Host a request names. */
export const publicUrl = 'https://chat.example.org'

export type ApiChoices = {
  writeRate?: Rate
  openBlobs?: (database: Database) => Promise<Blobs>
  /** Another way to the database. */
  through?: (databaseUrl: string) => Promise<string>
}

/** Starts everything; it ends with `t`. */
export async function startApi(t: Cleanup, { writeRate, openBlobs, through }: ApiChoices = {}) {
  const { url: databaseUrl } = await freshDatabase(t, migrate)
  const database = new Database({ url: through ? await through(databaseUrl) : databaseUrl, poolSize: 5 })
  t.after(() => database.close())
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-api-'))
  t.after(() => rm(folder, { recursive: true, force: true }))

  const committed: (Change | Level)[] = []
  const accounts = createAccounts({ database, ended: () => {} })
  const chat = createChat({ database, committed: events => committed.push(...events), publicUrl: () => publicUrl })
  t.after(() => chat.close())
  const blobs = openBlobs ? await openBlobs(database) : createFolderBlobs(folder)
  const limiter = createLimiter({ prefix: '', replicas: () => 1, onError: () => {} })
  const logger = createLogger({ name: 'api', level: 'silent' })
  const app = await createServer({ logger })
  const session = { cookieSecure: 'auto', allowedOrigins: [], trustedProxies: [] } as const
  await app.register(sessionPlugin, {
    accounts,
    publicUrl: () => publicUrl,
    ...session,
    allowedOrigins: [],
    trustedProxies: [],
  })
  await app.register(apiPlugin, {
    chat,
    accounts,
    blobs,
    limiter,
    database,
    publicUrl: () => publicUrl,
    registration: 'open' as const,
    ...(writeRate && { writeRate }),
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.close())

  let names = 0
  return {
    url,
    chat,
    blobs,
    database,
    /** Everything that was announced so far. */
    committed,
    /** The files in the folder of blobs, folders left out. */
    storedFiles: async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter(entry => entry.isFile())
        .map(entry => entry.name),
    /** Somebody who is logged in; `name` is made unique. */
    person: async (name: string, { is_staff = false } = {}) => {
      const { user, token } = await accounts.register({ username: `${name}-${++names}`, password: 'correct horse' })
      if (is_staff) await database.db.updateTable('users').set({ is_staff }).where('id', '=', user.id).execute()
      return new Client(url, token, user)
    },
    /** Somebody who is not logged in. */
    anybody: new Client(url, undefined, undefined),
  }
}

export type Api = Awaited<ReturnType<typeof startApi>>
