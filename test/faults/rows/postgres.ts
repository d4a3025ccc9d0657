// What happens to PostgreSQL: restarted, its connections cut or taken, its rows locked, its answers lost.
import { codeOf, type Database } from '@goftegu/database'
import { eventually, privatePostgres, tcpProxy } from '@goftegu/testkit'
import { startInstallation } from '../../replicas/installation.ts'
import type { Fault } from '../../replicas/weather.ts'
import { heldLock, lockOneConversation } from '../locks.ts'
import { repeated } from '../repeated.ts'
import { type Row, underLoad } from '../row.ts'

export const immediateRestart = underLoad({
  fault: 'PostgreSQL restarts at once (immediate)',
  runs: { whole: 5, short: 1 },
  prepare: async (life, { env }) => {
    const postgres = await privatePostgres(life)
    const deployment = await startInstallation(life, { postgres, env })
    const fault = { begin: () => postgres.stop('immediate'), holdMs: 0, end: () => postgres.startAgain() }
    return { deployment, fault: () => fault }
  },
})

export const terminatedBackends = underLoad({
  fault: 'PostgreSQL terminates every connection once a second, for 10 s',
  runs: { whole: 1, short: 0 },
  prepare: async (life, { env }) => {
    const deployment = await startInstallation(life, { env })
    let terminated = 0
    const act = async () => {
      terminated += await terminateAll(deployment.database.pool)
    }
    const judge = () => {
      if (terminated === 0) throw new Error('there was no connection to terminate')
      return { broken: [], figures: { 'connections terminated': terminated } }
    }
    return { deployment, fault: () => repeated(1_000, 10_000, act), judge }
  },
})

export const lostAnswers = underLoad({
  fault: 'every answer of PostgreSQL is lost for 3 s, then the connections are reset',
  runs: { whole: 2, short: 0 },
  prepare: async (life, { env }) => {
    const postgres = await privatePostgres(life)
    const proxy = await tcpProxy(life, postgres.url)
    const way = { databaseUrl: (url: string) => proxy.urlFor(url) }
    const deployment = await startInstallation(life, { postgres, through: { gateway: way, api: way }, env })
    const begin = async () => proxy.drop('down')
    const end = async () => {
      proxy.reset()
      proxy.heal()
    }
    return { deployment, fault: () => ({ begin, holdMs: 3_000, end }) }
  },
})

/** All that reads or writes waits, until its pool has no connection left and its callers wait for one. */
export const exhaustedPools = underLoad({
  fault: 'every connection of every pool waits for 10 s (locked tables)',
  runs: { whole: 1, short: 0 },
  prepare: async (life, { env }) => {
    const deployment = await startInstallation(life, { env })
    const lock = () => 'lock table messages, conversation_heads, participants in access exclusive mode'
    return { deployment, fault: () => heldLock(deployment.databaseUrl, lock, 10_000) }
  },
})

export const noConnectionLeft = underLoad({
  fault: 'others take every connection that PostgreSQL has, for 10 s',
  runs: { whole: 1, short: 0 },
  prepare: async (life, { env }) => {
    const postgres = await privatePostgres(life, { settings: ['max_connections=60'] })
    const deployment = await startInstallation(life, { postgres, env })
    return { deployment, fault: () => takeAll(deployment.database, 10_000) }
  },
})

export const lockedRow = underLoad({
  fault: "one conversation's row is locked for 10 s",
  runs: { whole: 1, short: 0 },
  prepare: async (life, { env }) => {
    const deployment = await startInstallation(life, { env })
    return { deployment, ...lockOneConversation(deployment.databaseUrl, { calmMs: 5_000, holdMs: 10_000 }) }
  },
})

export const postgresRows: Row[] = [
  immediateRestart,
  terminatedBackends,
  lostAnswers,
  exhaustedPools,
  noConnectionLeft,
  lockedRow,
]

/** Those of the services: the judge keeps its own. @returns how many there were */
async function terminateAll(on: Pick<Database['pool'], 'query'>): Promise<number> {
  const { rowCount } = await on.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'goftegu' and datname = current_database()",
  )
  return rowCount ?? 0
}

/** Takes what is free, and what becomes free as the services' own are terminated, until they have none. */
function takeAll(database: Database, holdMs: number): Fault {
  const pool = database.createPool('others', 1_000)
  const taken: { release(destroy: boolean): void }[] = []
  const takeSome = async () => {
    const tries = Array.from({ length: 10 }, () => pool.connect())
    const settled = await Promise.allSettled(tries)
    for (const one of settled) if (one.status === 'fulfilled') taken.push(one.value)
    for (const one of settled) if (one.status === 'rejected') rethrowUnlessFull(one.reason)
    return settled.some(({ status }) => status === 'fulfilled')
  }
  const begin = async () => {
    const first = await pool.connect()
    taken.push(first)
    const isTheirs = async () => !(await takeSome()) && (await terminateAll(first)) === 0
    await eventually(isTheirs, { ms: 30_000, everyMs: 0, what: 'every connection to be taken' })
  }
  const end = async () => {
    for (const client of taken.splice(0)) client.release(true)
    await pool.end()
  }
  return { begin, holdMs, end }
}

const tooManyConnections = '53300'

function rethrowUnlessFull(error: unknown): void {
  if (codeOf(error) !== tooManyConnections) throw error
}
