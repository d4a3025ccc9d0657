// A room that goes away while its hole is fetched: no alarm, and nothing is counted as filled.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from '@goftegu/metrics'
import { type Change, encode } from '@goftegu/protocol'
import { createLogger } from '@goftegu/runtime'
import { eventually } from '@goftegu/testkit'
import { Repair } from '../../src/hub/repair.ts'
import { RecentEvents } from '../../src/room/recent-events.ts'
import { Room } from '../../src/room/room.ts'
import { Turn } from '../../src/turn.ts'

const epoch = '0123456789abcdef'
const limits = {
  ...{ holeDelayMs: 1, holeDelayMaxMs: 2, compareSlice: 100, replayPage: 500 },
  ...{ maxReplayChanges: 1_000, typingTimeoutMs: 50, levelsWaitBytes: 1e5 },
}

function renamed(conversation_id: number, seq: number): Change {
  return { conversation_id, epoch, event: { type: 'conversation_renamed', seq, title: `${seq}` } }
}

/** Makes rooms that stand at number 0; `fill` plays the database, and `lines` is what was logged. */
function repairing(fill: (conversationId: number) => Change[]) {
  const metrics = createMetrics()
  const lines: string[] = []
  const reopened: number[] = []
  const repair = new Repair({
    rooms: new Map<number, Room>(),
    changes: {
      fill: async ranges => ranges.flatMap(({ conversation_id }) => fill(conversation_id)),
      heads: async () => ({ epoch, heads: new Map() }),
    },
    reopen: async rooms => void reopened.push(...rooms.map(({ id }) => id)),
    mistrust: () => {},
    logger: createLogger({ name: 'repair', level: 'warn' }, { write: line => lines.push(line) }),
    limits,
    metrics: metrics.rooms,
  })
  const open = (id: number) => {
    const room = new Room(id, {
      ...{ turn: new Turn(), limits, metrics: metrics.rooms, arrivals: metrics.sockets },
      recent: new RecentEvents({ maxBytes: 1e6, maxPerRoom: 100 }),
      replays: { page: async () => null },
      onHole: room => repair.noteHole(room),
      onUnknown: () => {},
      onForeign: () => {},
    })
    room.open({ epoch, last_seq: 0, participants: [] })
    return room
  }
  const counted = async (name: string) => {
    const samples = (await metrics.registry.metrics()).split('\n')
    return Number(samples.find(sample => sample.startsWith(`${name} `))!.slice(name.length))
  }
  return { open, counted, lines, reopened }
}

test('a room that is closed while its hole is fetched raises no alarm, and does not count as filled', async () => {
  const { open, counted, lines, reopened } = repairing(id => {
    if (id === 2) return [renamed(2, 1), renamed(2, 2)]
    gone.close()
    return []
  })
  const gone = open(1)
  gone.receive(encode(renamed(1, 2)))
  await eventually(() => gone.isClosed)
  const stays = open(2)
  stays.receive(encode(renamed(2, 2)))
  await eventually(async () => (await counted('goftegu_holes_filled_total{by="database"}')) > 0)
  assert.equal(stays.delivered, 2)
  assert.deepEqual([lines, reopened], [[], []])
  assert.equal(await counted('goftegu_holes_filled_total{by="database"}'), 1)
  assert.equal(await counted('goftegu_holes_unfilled_total'), 0)
})

test('a room that is closed before its hole is fetched was not filled by the bus', async () => {
  const { open, counted } = repairing(id => [renamed(id, 1), renamed(id, 2)])
  const [gone, stays] = [open(1), open(2)]
  for (const room of [gone, stays]) room.receive(encode(renamed(room.id, 2)))
  gone.close()
  await eventually(() => stays.delivered === 2)
  assert.equal(await counted('goftegu_holes_filled_total{by="bus"}'), 0)
})
