// A gateway's clients move to another one: when they are asked to, what they hear, and what PostgreSQL is asked.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { eventually, roundTripCounter, type SocketClient } from '@goftegu/testkit'
import type { Connection } from '../src/connection.ts'
import { type Clock, drainConnections, noticeMs } from '../src/drain.ts'
import { createWorld, type Person, person } from './world.ts'

const conversations = 4
const socketsEach = 25

/** One socket through a move: every number it heard, and how it was sent away. */
type Mover = { numbers: number[]; closing: { code: number; reason: string } | null }

suite('a drain', () => {
  test('gives everybody a moment of their own, exactly as far apart as the rate asks for', async () => {
    for (const [count, windowMs] of [
      [60, 10_000],
      [600, 500],
    ] as const) {
      const clock = virtualClock()
      const returnsMs: number[] = []
      const leaver = () => {
        const gone = Promise.withResolvers<void>()
        const close = (code: number, reason = '') => {
          assert.equal(code, 1012)
          returnsMs.push(clock.now() + Number(reason))
          gone.resolve()
        }
        return { isGone: true, whenGone: () => gone.promise, close, terminate: () => {} } as unknown as Connection
      }
      const window = { windowMs, reconnectsPerSecond: 200 }
      await drainConnections(Array.from({ length: count }, leaver), window, clock)
      assert.deepEqual(
        returnsMs,
        Array.from({ length: count }, (_, i) => noticeMs + 5 * i),
      )
      assert.ok(clock.now() < windowMs, 'all are closed within the window')
    }
  })

  test('loses nothing, and what the arrivals ask of PostgreSQL does not grow with their number', async t => {
    const world = await createWorld(t)
    const limits = { upgradesPerSecond: 100, upgradeBurst: 50, readPaceMs: 500, compareIntervalMs: 3_600_000 }
    const reconnectsPerSecond = 50
    const old = await world.replica({ limits: { reconnectsPerSecond, upgradeBurst: 1_000 } })
    const counter = await roundTripCounter(t, world.databaseUrl)
    const next = await world.replica({ limits, databaseUrl: counter.url })
    const people = await Promise.all(Array.from({ length: conversations * 2 }, (_, i) => person(old, `person-${i}`)))
    const rooms: { id: number; owner: Person; sent: number }[] = []
    const moves: { mover: Mover; done: Promise<SocketClient>; room: (typeof rooms)[number] }[] = []
    for (let i = 0; i < conversations; i++) {
      const [owner, reader] = [people[2 * i]!, people[2 * i + 1]!]
      const message = { recipient_id: reader.user.id, content: 'first' }
      const { conversation_id: id } = await old.chat.messages.postDirect(owner.actor, message)
      const room = { id, owner, sent: 1 }
      rooms.push(room)
      for (let n = 0; n < socketsEach; n++) {
        const mover: Mover = { numbers: [], closing: null }
        const first = await old.listen(n % 2 ? owner : reader, id)
        moves.push({ mover, room, done: move(first.socket, first.ready.epoch, mover, n % 2 ? owner : reader, id) })
      }
    }

    async function move(socket: SocketClient, epoch: string, mover: Mover, who: Person, id: number) {
      note(socket, mover)
      mover.closing = await socket.closed
      await delay(Number(mover.closing.reason))
      const since = mover.numbers.at(-1) ?? 1
      const again = await next.open(who, id, `?since=${since}&epoch=${epoch}`)
      note(again, mover)
      return again
    }

    let isWriting = true
    const writing = (async () => {
      while (isWriting) {
        for (const room of rooms) {
          await next.chat.messages.post(room.owner.actor, { conversation_id: room.id, content: `${++room.sent}` })
        }
        await delay(10)
      }
    })()
    const beforeTrips = counter.count
    const beforeSent = rooms.reduce((sum, { sent }) => sum + sent, 0)
    const beganMs = performance.now()
    await old.gateway.drain({ windowMs: 2_000 })
    await Promise.all(moves.map(({ done }) => done))
    const posts = rooms.reduce((sum, { sent }) => sum + sent, 0) - beforeSent
    const trips = counter.count - beforeTrips - posts
    const tookMs = performance.now() - beganMs
    isWriting = false
    await writing
    await eventually(() => moves.every(({ mover, room }) => mover.numbers.at(-1) === room.sent), { ms: 30_000 })

    for (const { mover, room } of moves) {
      assert.equal(mover.closing?.code, 1012)
      assert.match(mover.closing.reason, /^\d+$/)
      assert.deepEqual(
        mover.numbers,
        Array.from({ length: room.sent - 1 }, (_, i) => i + 2),
      )
    }
    const delays = moves.map(({ mover }) => Number(mover.closing!.reason))
    assert.ok(Math.max(...delays) <= 1_000 + (moves.length / reconnectsPerSecond) * 1_000)
    // Three kinds of read, each at its pace after four at once; and what a pool asks when it opens its connections.
    const bound = 3 * (tookMs / limits.readPaceMs + 6) + 3 * 14
    assert.ok(
      trips <= bound,
      `${trips} round trips for ${moves.length} arrivals, where ${bound.toFixed(0)} are allowed`,
    )
  })
})

/** Waits for nobody: when all have gone to wait, it is the moment for which the first of them does. */
function virtualClock(): Clock {
  let nowMs = 0
  const waiting: { untilMs: number; resolve: () => void }[] = []
  const advance = () => {
    const next = waiting.reduce((first, other) => (other.untilMs < first.untilMs ? other : first))
    waiting.splice(waiting.indexOf(next), 1)
    nowMs = next.untilMs
    next.resolve()
  }
  const wait = (ms: number) =>
    new Promise<void>(resolve => {
      waiting.push({ untilMs: nowMs + ms, resolve })
      setImmediate(advance)
    })
  return { now: () => nowMs, wait }
}

function note(socket: SocketClient, { numbers }: Mover): void {
  socket.onEvent(event => {
    if (event.type === 'new_message') numbers.push(event.seq)
  })
}
