// Locks that somebody else holds: on tables, and on one conversation alone.
import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '@goftegu/testkit'
import pg from 'pg'
import type { Crowd } from '../replicas/crowd.ts'
import type { Fault } from '../replicas/weather.ts'
import type { Scene } from './row.ts'

/** Holds what `statement` locks, on a connection of its own: the pool of a service would end one that is silent. */
export function heldLock(databaseUrl: string, statement: (crowd: Crowd) => string, holdMs: number): Fault {
  let held: pg.Client
  const begin = async (crowd: Crowd) => {
    held = new pg.Client({ connectionString: databaseUrl })
    held.on('error', () => {}) // whoever asks it next hears of it
    await held.connect()
    await eventually(() => take(statement(crowd)), { ms: crowd.patienceMs, what: 'the lock' })
  }
  /** Who is at work may hold the one table and wait for the other: this one gives way, and tries again. */
  const take = async (lock: string) => {
    try {
      await held.query('begin')
      await held.query("set local idle_in_transaction_session_timeout = 0; set local lock_timeout = '4s'")
      await held.query("set local deadlock_timeout = '50ms'")
      await held.query(lock)
      return true
    } catch (error) {
      await held.query('rollback')
      throw error
    }
  }
  const end = async () => {
    await held.query('commit')
    await held.end()
  }
  return { begin, holdMs, end }
}

/**
 * Locks one conversation, and asks whether the others waited too: no send elsewhere may wait for half as long as the
 * lock is held.
 */
export function lockOneConversation(
  databaseUrl: string,
  { calmMs, holdMs }: { calmMs: number; holdMs: number },
): Required<Pick<Scene, 'fault' | 'judge'>> {
  const lockedOf = ({ conversations: [first] }: Crowd) => first!.id
  const lockHead = (crowd: Crowd) =>
    `select from conversation_heads where conversation_id = ${lockedOf(crowd)} for update`
  const lock = heldLock(databaseUrl, lockHead, holdMs)
  let beganMs = 0
  const begin = async (crowd: Crowd) => {
    await delay(calmMs) // what it is compared with
    await lock.begin(crowd)
    beganMs = performance.now()
  }
  const judge = (crowd: Crowd) => {
    const { oracle } = crowd
    const locked = oracle.acknowledgements(id => id === lockedOf(crowd))
    const others = oracle.acknowledgements(id => id !== lockedOf(crowd))
    const before = waitsOf(others, ({ sentMs }) => sentMs < beganMs)
    const isUnder: When = ({ sentMs }) => sentMs >= beganMs && sentMs < beganMs + holdMs
    const under = waitsOf(others, isUnder)
    const longest = under.at(-1) ?? 0
    const isHeld = (waitsOf(locked, isUnder).at(-1) ?? 0) > holdMs / 2
    if (!isHeld) throw new Error('the lock held nobody up') // and no control may take that for the harm
    return {
      broken: longest > holdMs / 2 ? [`a send elsewhere waited ${Math.round(longest)} ms for the locked row`] : [],
      figures: { "the others' p99 before it, ms": p99(before), "the others' p99 under it, ms": p99(under) },
    }
  }
  return { fault: () => ({ ...lock, begin }), judge }
}

type Acknowledged = ReturnType<Crowd['oracle']['acknowledgements']>[number]
type When = (acknowledged: Acknowledged) => boolean

/** From being sent to its ok, in milliseconds, the shortest first. */
function waitsOf(acknowledgements: Acknowledged[], when: When): number[] {
  const waits = acknowledgements.filter(when).map(({ sentMs, answeredMs }) => answeredMs - sentMs)
  return waits.sort((a, b) => a - b)
}

function p99(sorted: readonly number[]): number {
  return Math.round(sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0)
}
