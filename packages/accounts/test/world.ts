// What the tests of accounts begin with: a database of their own, and the ends that were told.
import type { TestContext } from 'node:test'
import { Database, migrate } from '@goftegu/database'
import { freshDatabase } from '@goftegu/testkit'
import { createAccounts } from '../src/index.ts'

/** Accounts on a fresh database; `ends` collects what `ended` was called with. */
export async function world(t: TestContext) {
  const { url } = await freshDatabase(t, migrate)
  const database = new Database({ url })
  t.after(() => database.close())
  const ends: number[][] = []
  return { database, accounts: createAccounts({ database, ended: ids => ends.push(ids) }), ends }
}
