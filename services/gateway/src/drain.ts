// Sends every client away in an orderly manner, and waits until they are gone.
import { setTimeout as delay } from 'node:timers/promises'
import { closeCodes } from '@goftegu/protocol'
import type { Connection } from './connection.ts'

/** So often some are closed. */
const stepMs = 50
/** How long a balancer may take to notice that this replica is not ready: nobody is asked to return sooner. */
export const noticeMs = 1_000
/** The share of the window in which sockets are closed; the last ones have the rest to answer. */
const closingShare = 0.8
/** How long those have to go who are still there at the end of the window. */
const lastMs = 500

export type DrainWindow = {
  windowMs: number
  /** At which rate the clients are to arrive elsewhere, all together. */
  reconnectsPerSecond: number
}

/** Monotonic milliseconds, and a wait for some; without `ref` it keeps no process alive. */
export type Clock = { now: () => number; wait: (ms: number, options?: { ref: boolean }) => Promise<void> }
const realClock: Clock = {
  now: () => performance.now(),
  wait: (ms, options) => delay(ms, undefined, options),
}

/**
 * Closes sockets with 1012, one after the other, and tells each after how long to come back. Who was not yet told to go
 * is served as ever, and what the others still send is handled until they answer the close. Whoever is there after
 * `windowMs` gets 1001, and is cut off.
 */
export async function drainConnections(
  connections: Connection[],
  window: DrainWindow,
  clock: Clock = realClock,
): Promise<void> {
  const gone = Promise.all(connections.map(connection => connection.whenGone()))
  const over = clock.wait(window.windowMs, { ref: false })
  await Promise.race([closeInTurn(connections, window, clock).then(() => gone), over])
  const rest = connections.filter(connection => !connection.isGone)
  for (const connection of rest) connection.close(closeCodes.goingAway)
  if (rest.length > 0) await Promise.race([gone, clock.wait(lastMs, { ref: false })])
  for (const connection of rest) connection.terminate()
}

/**
 * Everybody has a moment of their own to arrive elsewhere. Within the window they are closed shortly before it; where
 * there are too many for that, sooner, and wait longer.
 */
async function closeInTurn(
  connections: Connection[],
  { windowMs, reconnectsPerSecond }: DrainWindow,
  clock: Clock,
): Promise<void> {
  if (windowMs === 0) return
  const intervalMs = 1_000 / reconnectsPerSecond
  const closingMs = Math.min(connections.length * intervalMs, windowMs * closingShare)
  const beganMs = clock.now()
  for (let next = 0; next < connections.length; ) {
    const elapsedMs = clock.now() - beganMs
    const due = Math.ceil(((elapsedMs + stepMs) / closingMs) * connections.length)
    for (const connection of connections.slice(next, due)) {
      const returnMs = noticeMs + next++ * intervalMs - elapsedMs
      connection.close(closeCodes.restarting, String(Math.max(0, Math.round(returnMs))))
    }
    if (next < connections.length) await clock.wait(stepMs)
  }
}
