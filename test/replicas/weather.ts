// One fault after the other under load: how far readers fall behind, for how long nobody can write, when all is well again.
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@goftegu/database'
import { eventually, within } from '@goftegu/testkit'
import { everybodyReached } from './chaos.ts'
import type { ChatClient } from './chat-client.ts'
import type { Crowd } from './crowd.ts'
import type { GroupChanges } from './group-changes.ts'
import { readHeads } from './stored-state.ts'

export type Fault = {
  begin: (crowd: Crowd) => Promise<void>
  /** How long it lasts. */
  holdMs: number
  end: (crowd: Crowd) => Promise<void>
}

export type Damage = {
  /** From the fault's beginning until what was broken runs again. */
  lastedMs: number
  /** The longest that any reader lacked what was committed, from the fault's beginning until all was well. */
  behindMs: number
  /** The same of each reader. */
  behindByReaderMs: number[]
  /** The longest in which no send of anybody was acknowledged, over the same time. */
  unavailableMs: number
  /** From the fault's end until every conversation stored something new, and every reader heard it. */
  repairMs: number
}

const sampleMs = 50

/**
 * Runs the faults in turn, each with the sockets where they prefer to be, and lets groups change between them. `says`
 * hears of each as it is over.
 */
export async function weather<F extends Fault>(
  crowd: Crowd,
  database: Database,
  faults: Iterable<F>,
  groups?: GroupChanges,
  says: (fault: F, damage: Damage) => void = () => {},
): Promise<Damage[]> {
  const damages: Damage[] = []
  for (const fault of faults) {
    const damage = await weatherOne(crowd, database, fault)
    says(fault, damage)
    await groups?.change(damages.length * 2)
    damages.push(damage)
    await everybodyHome(crowd)
  }
  return damages
}

async function weatherOne(crowd: Crowd, database: Database, { begin, holdMs, end }: Fault): Promise<Damage> {
  const calm = new AbortController()
  const behind = longestBehindByReader(crowd, database, calm.signal)
  const unavailable = longestUnavailable(crowd, calm.signal)
  try {
    const beganMs = performance.now()
    await begin(crowd)
    await delay(holdMs)
    await end(crowd)
    const mendedMs = performance.now()
    await allIsWell(crowd, database)
    const repairMs = performance.now() - mendedMs
    calm.abort()
    const behindByReaderMs = await behind
    const behindMs = Math.max(0, ...behindByReaderMs)
    return { lastedMs: mendedMs - beganMs, behindMs, behindByReaderMs, unavailableMs: await unavailable, repairMs }
  } finally {
    calm.abort()
    await behind.catch(() => {}) // what it says is said by `allIsWell` too
  }
}

/** Every conversation has something newer than now, every reader has heard it, and nobody is away. */
async function allIsWell(crowd: Crowd, database: Database): Promise<void> {
  const waiting = { ms: crowd.patienceMs, everyMs: 50 }
  const before = await eventually(() => readHeads(database), { ...waiting, what: 'PostgreSQL to answer' })
  let heads = before
  const isNewer = async () => {
    heads = await readHeads(database)
    return crowd.conversations.every(({ id }) => (heads.get(id) ?? 0) > (before.get(id) ?? 0))
  }
  await eventually(isNewer, { ...waiting, what: 'every conversation to go on' })
  await everybodyReached(crowd, heads, crowd.settleMs)
  await eventually(() => crowd.present.every(client => client.isOpen), { ...waiting, what: 'everybody to be back' })
}

/** The next fault meets sockets at every entrance. */
async function everybodyHome(crowd: Crowd): Promise<void> {
  const areHome = () => {
    for (const client of crowd.present) client.goHome()
    return crowd.present.every(client => client.isHome)
  }
  await eventually(areHome, { ms: crowd.patienceMs, everyMs: 50, what: 'everybody to be at home' })
}

/** Asks again and again what is committed, and how long it takes until each reader has it who was in before. */
async function longestBehindByReader(crowd: Crowd, database: Database, signal: AbortSignal): Promise<number[]> {
  const longest = new Map<ChatClient, number>()
  const waits: Promise<unknown>[] = []
  while (!signal.aborted) {
    const heads = await readHeads(database).catch(() => undefined) // PostgreSQL may be what is away
    const askedMs = performance.now()
    const reach = async (client: ChatClient) => {
      await client.reached(heads?.get(client.conversationId) ?? 0)
      const tookMs = performance.now() - askedMs
      if (!client.isOut) longest.set(client, Math.max(tookMs, longest.get(client) ?? 0))
    }
    const all = Promise.all(crowd.present.filter(client => client.wasOpen).map(reach))
    waits.push(within(all, crowd.settleMs, 'every reader to catch up'))
    for (const wait of waits) wait.catch(() => {}) // reported below
    await delay(sampleMs)
  }
  await Promise.all(waits)
  return [...longest.values()]
}

async function longestUnavailable(crowd: Crowd, signal: AbortSignal): Promise<number> {
  let longestMs = 0
  let count = 0
  let sinceMs = performance.now()
  while (!signal.aborted) {
    const { ok } = crowd.oracle.volume()
    const nowMs = performance.now()
    if (ok > count || crowd.isHushed) sinceMs = nowMs
    count = ok
    longestMs = Math.max(longestMs, nowMs - sinceMs)
    await delay(sampleMs)
  }
  return longestMs
}
