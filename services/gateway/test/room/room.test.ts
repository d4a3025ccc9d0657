// A room and its sockets in memory: attaching, replaying, being removed, to the turn.
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { suite, test } from 'node:test'
import { createMetrics } from '@goftegu/metrics'
import { type Change, encode, type NumberedType, type ServerEvent } from '@goftegu/protocol'
import { currentEvent } from '../../src/room/event.ts'
import type { Member } from '../../src/room/member.ts'
import { RecentEvents } from '../../src/room/recent-events.ts'
import type { Page, PageRequest } from '../../src/room/replay.ts'
import { Room } from '../../src/room/room.ts'
import { Turn } from '../../src/turn.ts'
import { Exit } from '../../src/write.ts'

const epoch = '0123456789abcdef'
const limits = {
  maxReplayChanges: 1_000,
  replayPage: 10,
  typingTimeoutMs: 50,
  levelsWaitBytes: 10_000,
  maxBufferedBytes: 1e6,
}
const sender = { id: 7, username: 'ann', profile_picture: null }
const turnIsOver = () => new Promise(resolve => setImmediate(resolve))
const everybody = [7, 8].map(user_id => ({ user_id, visible_from: 1, read_seq: 0 }))

const message = (seq: number, changed_seq = seq): ServerEvent<NumberedType> => {
  return {
    type: 'new_message',
    seq,
    changed_seq,
    message: { id: seq, sender, content: `${seq}`, timestamp: '2025-01-01T00:00:00Z' },
  }
}
const removal = (seq: number): ServerEvent<NumberedType> => ({ type: 'participant_removed', seq, user_id: 8 })
const change = (event: ServerEvent<NumberedType>): Change => ({ conversation_id: 1, epoch, event })

/** What the database has stored, by number. */
const stored = (...events: ServerEvent<NumberedType>[]) => new Map(events.map(event => [event.seq, event]))

/** Answers as the database does, with every change of the range. */
const pagesOf = (log: Map<number, ServerEvent<NumberedType>>) => {
  return async ({ since, until, visibleFrom }: PageRequest): Promise<Page> => {
    const changes = [...log.values()].filter(({ seq }) => seq > since && seq <= until && seq >= visibleFrom)
    return changes.map(event => currentEvent(change(event)))
  }
}

/** A room at `head`; `answer` plays the database. */
function roomAt(
  head: number,
  answer: (request: PageRequest) => Promise<Page | null> = async () => null,
  recent = new RecentEvents({ maxBytes: 1e6, maxPerRoom: 100 }),
) {
  const turn = new Turn()
  const holes: Room[] = []
  const metrics = createMetrics()
  const context = {
    turn,
    recent,
    limits,
    metrics: metrics.rooms,
    arrivals: metrics.sockets,
    replays: { page: answer },
    onHole: (room: Room) => holes.push(room),
    onUnknown: () => {},
    onForeign: () => {},
  }
  const room = new Room(1, context)
  room.open({ epoch, last_seq: head, participants: everybody })
  const announce = (event: ServerEvent<NumberedType>) => room.receive(encode(change(event)))

  /** Attaches user 8, or another, with a snapshot at `snapshotHead`. */
  function attach(since: number, snapshotHead = head, { userId = 8, isStaff = false, visible_from = 1 } = {}) {
    const socket = new PassThrough({ highWaterMark: 1e6 })
    const exit = new Exit({ socket, turn, limits, onSlow: () => {} })
    const closings: number[] = []
    const member: Member = {
      user: { ...sender, id: userId },
      isStaff,
      exit,
      close: code => closings.push(code),
      removedFrom: () => closings.push(4403),
    }
    const arrival = room.expect(userId)
    const participants = everybody.map(participant => ({ ...participant, visible_from }))
    const enter = () => room.attach(member, arrival, { epoch, last_seq: snapshotHead, participants }, { since, epoch })
    const heard = () => [...framesOf((socket.read() as Buffer | null) ?? Buffer.alloc(0))]
    return { enter, heard, closings }
  }
  return { room, announce, attach, holes }
}

/** The events of numbers, as `seq` or `seq/changed_seq`, in the frames that were written. */
function* framesOf(bytes: Buffer): Generator<string> {
  for (let at = 0; at < bytes.length; ) {
    const isLong = bytes[at + 1] === 126
    const length = isLong ? bytes.readUInt16BE(at + 2) : bytes[at + 1]!
    const start = at + (isLong ? 4 : 2)
    const { type, seq, changed_seq = seq } = JSON.parse(bytes.toString('utf8', start, start + length))
    if (type !== 'ready' && seq !== undefined) yield seq === changed_seq ? `${seq}` : `${seq}/${changed_seq}`
    at = start + length
  }
}

suite('attaching to a room', () => {
  test('in the turn of an event: it is replayed, and not heard again', async () => {
    const { announce, attach } = roomAt(0)
    const [first, second] = [attach(0), attach(0)]
    first.enter()
    announce(message(1))
    second.enter()
    announce(message(2))
    await turnIsOver()
    assert.deepEqual(first.heard(), ['1', '2'])
    assert.deepEqual(second.heard(), ['1', '2'])
  })

  test('with a snapshot that is ahead of the room: what was replayed is not heard again', async () => {
    const pages: PageRequest[] = []
    const { announce, attach, holes } = roomAt(0, async request => {
      pages.push(request)
      return [1, 2, 3].map(seq => currentEvent(change(message(seq))))
    })
    const behind = attach(0)
    behind.enter()
    const ahead = attach(0, 3)
    ahead.enter()
    await turnIsOver()
    assert.deepEqual(ahead.heard(), ['1', '2', '3'])
    assert.deepEqual(behind.heard(), [])
    assert.equal(holes.length, 1)
    for (const seq of [1, 2, 3, 4]) announce(message(seq))
    await turnIsOver()
    assert.deepEqual(behind.heard(), ['1', '2', '3', '4'])
    assert.deepEqual(ahead.heard(), ['4'])
    assert.equal(pages.length, 1)
  })

  test('a replay goes on to the latest state that it showed, so that nothing older follows it', async () => {
    const pages: number[][] = []
    const { announce, attach } = roomAt(2, async ({ since, until }) => {
      pages.push([since, until])
      // Message 1 was changed by 4, which the room has not heard of yet.
      return [message(1, 4), message(2), message(3), message(4)]
        .slice(since, until)
        .map(event => currentEvent(change(event)))
    })
    const late = attach(0)
    late.enter()
    await turnIsOver()
    announce(message(3))
    announce(message(4))
    announce(message(5))
    await turnIsOver()
    assert.deepEqual(pages, [
      [0, 2],
      [2, 4],
    ])
    assert.deepEqual(late.heard(), ['1/4', '2', '3', '4', '5'])
  })

  test('removed between the snapshot and the attaching: hears everything up to it, then has to go', async () => {
    const { announce, attach } = roomAt(0)
    const gone = attach(0)
    announce(message(1))
    announce(removal(2))
    announce(message(3))
    gone.enter()
    await turnIsOver()
    assert.deepEqual(gone.heard(), ['1', '2'])
    assert.deepEqual(gone.closings, [4403])
  })

  test('removed while replaying: the same', async () => {
    const page = Promise.withResolvers<Page>()
    const { announce, attach } = roomAt(1, () => page.promise)
    const gone = attach(0)
    gone.enter()
    announce(removal(2))
    announce(message(3))
    page.resolve([currentEvent(change(message(1)))])
    await turnIsOver()
    await turnIsOver()
    assert.deepEqual(gone.heard(), ['1', '2'])
    assert.deepEqual(gone.closings, [4403])
  })

  test('an earlier removal, which is only replayed, sends nobody away', async () => {
    const { announce, attach } = roomAt(0, pagesOf(stored(removal(1), message(2))))
    const back = attach(0, 2)
    back.enter()
    await turnIsOver()
    announce(removal(1))
    announce(message(2))
    announce(message(3))
    await turnIsOver()
    assert.deepEqual(back.heard(), ['1', '2', '3'])
    assert.deepEqual(back.closings, [])
  })

  test('removed after the snapshot, by a change that a replay reads before the room hears of it: the same', async () => {
    const log = stored(message(6), message(7, 13), message(8), message(9), message(10), removal(11), message(12))
    log.set(13, { type: 'message_edited', seq: 13, changed_seq: 13, message: { id: 7, content: 'new' } })
    const { announce, attach } = roomAt(10, pagesOf(log))
    const gone = attach(5, 10)
    gone.enter()
    for (let turn = 0; turn < 3; turn++) await turnIsOver()
    for (const seq of [11, 12, 13]) announce(log.get(seq)!)
    for (const seq of [14, 15]) announce(message(seq))
    await turnIsOver()
    assert.deepEqual(gone.heard(), ['6', '7/13', '8', '9', '10', '11'])
    assert.deepEqual(gone.closings, [4403])
  })

  test('removed while a page beyond that is on its way: the same', async () => {
    const log = stored(message(1, 4), message(2), removal(3), message(4))
    const isRead = Promise.withResolvers<void>()
    const { announce, attach } = roomAt(2, async request => {
      if (request.since === 2) await isRead.promise
      return pagesOf(log)(request)
    })
    const gone = attach(0)
    gone.enter()
    await turnIsOver()
    announce(removal(3))
    announce(message(4))
    isRead.resolve()
    await turnIsOver()
    assert.deepEqual(gone.heard(), ['1/4', '2', '3'])
    assert.deepEqual(gone.closings, [4403])
  })

  test('removed and added again after the snapshot: has to go, and comes back as who they are now', async () => {
    const log = stored(message(1, 5), message(2), removal(3), message(4))
    log.set(5, { type: 'participant_added', seq: 5, user: { ...sender, id: 8 }, role: 'member' })
    const { announce, attach } = roomAt(2, pagesOf(log))
    const gone = attach(0)
    gone.enter()
    await turnIsOver()
    for (const seq of [3, 4, 5]) announce(log.get(seq)!)
    await turnIsOver()
    assert.deepEqual(gone.heard(), ['1/5', '2', '3'])
    assert.deepEqual(gone.closings, [4403])
    const back = attach(3, 5, { visible_from: 5 })
    back.enter()
    announce(message(6))
    await turnIsOver()
    assert.deepEqual(back.heard(), ['5', '6'])
    assert.deepEqual(back.closings, [])
  })

  test('staff hear on beyond their removal, and others beyond that of somebody else', async () => {
    const log = stored(message(1, 4), message(2), removal(3), message(4))
    for (const [userId, isStaff] of [
      [8, true],
      [7, false],
    ] as const) {
      const { announce, attach } = roomAt(2, pagesOf(log))
      const stays = attach(0, 2, { userId, isStaff })
      stays.enter()
      await turnIsOver()
      for (const seq of [3, 4]) announce(log.get(seq)!)
      announce(message(5))
      await turnIsOver()
      assert.deepEqual(stays.heard(), ['1/4', '2', '3', '4', '5'])
      assert.deepEqual(stays.closings, [])
    }
  })

  test('a replay that the database breaks off is closed, to come back in a second', async () => {
    const { attach } = roomAt(5)
    const unlucky = attach(0)
    unlucky.enter()
    await turnIsOver()
    assert.deepEqual(unlucky.closings, [1012])
  })
})

suite('a room that begins anew', () => {
  test('misses what lies between its snapshot and what it held', async () => {
    const { room, announce, attach, holes } = roomAt(0)
    const socket = attach(0)
    socket.enter()
    announce(message(5))
    assert.equal(holes.length, 1)
    room.reopen({ epoch, last_seq: 2, participants: everybody })
    assert.deepEqual(room.hole(), { since: 2, until: 5 })
    assert.equal(holes.length, 2)
    room.supply([3, 4, 5].map(seq => change(message(seq))))
    await turnIsOver()
    assert.deepEqual(socket.heard(), ['2', '3', '4', '5'])
  })
})

suite('a closed room', () => {
  test('takes nothing more: what the next room of its conversation remembers stays whole', () => {
    const recent = new RecentEvents({ maxBytes: 1e6, maxPerRoom: 100 })
    const closed = roomAt(1, undefined, recent)
    closed.announce(message(3))
    closed.room.close()
    // PostgreSQL answers late, after somebody has come to the conversation again.
    const next = roomAt(4, undefined, recent)
    closed.room.supply([2, 3].map(seq => change(message(seq))))
    next.announce(message(5))
    assert.equal(closed.room.hole(), null)
    assert.equal(recent.after(1, 3), null)
    assert.deepEqual(
      recent.after(1, 4)?.map(({ seq }) => seq),
      [5],
    )
  })
})
