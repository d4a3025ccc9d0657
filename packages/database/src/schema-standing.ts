// How the schema of a database stands to the one that this version knows.
import type pg from 'pg'
import { codeOf } from './failures.ts'

export type SchemaStanding = {
  /** Migrations of this version that were not run there: it cannot be used. */
  missing: string[]
  /** Migrations that a later version has run: they only add, so this version runs on it. */
  later: string[]
}

/** A pool, or one connection. */
type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.ClientBase, 'query'>

const undefinedTable = '42P01'

/** Compares the migrations that were run, by kysely's own table, with those that are `known`. One round trip. */
export async function schemaStanding(on: Queryable, known: readonly string[]): Promise<SchemaStanding> {
  const run = await namesRun(on)
  return { missing: known.filter(name => !run.includes(name)), later: run.filter(name => !known.includes(name)) }
}

async function namesRun(on: Queryable): Promise<string[]> {
  try {
    const { rows } = await on.query<{ name: string }>('select name from kysely_migration order by name')
    return rows.map(({ name }) => name)
  } catch (error) {
    if (codeOf(error) === undefinedTable) return []
    throw error
  }
}
