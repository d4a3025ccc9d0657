// The one exit for bytes: one write per turn, in order, bounded for a slow reader.
import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { suite, test } from 'node:test'
import { Turn } from '../src/turn.ts'
import { Exit } from '../src/write.ts'

const turnIsOver = () => new Promise(resolve => setImmediate(resolve))

/** A duplex socket in memory whose peer reads when told to. */
class MemorySocket extends Duplex {
  readonly writes: string[] = []
  #release: (() => void) | null = null
  isReading = true

  constructor() {
    super({ writableHighWaterMark: 50 })
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(chunk.toString())
    if (this.isReading) done()
    else this.#release = done
  }

  override _read(): void {}

  readOn(): void {
    this.isReading = true
    this.#release?.()
    this.#release = null
  }
}

function exitTo(socket: Duplex) {
  let slow = 0
  const limits = { levelsWaitBytes: 100, maxBufferedBytes: 400 }
  const turn = new Turn()
  const exit = new Exit({ socket, turn, limits, onSlow: () => slow++ })
  return { exit, turn, slowness: () => slow }
}

suite('the exit', () => {
  test('what is sent in one turn is one write, in order', async () => {
    const socket = new MemorySocket()
    const { exit } = exitTo(socket)
    for (const text of ['a', 'b', 'c']) exit.send(Buffer.from(text))
    assert.deepEqual(socket.writes, [])
    await turnIsOver()
    exit.send(Buffer.from('d'))
    await turnIsOver()
    assert.deepEqual(socket.writes, ['abc', 'd'])
  })

  test('rooms are flushed before exits, so that all of a turn is in the one write', async () => {
    const socket = new MemorySocket()
    const { exit, turn } = exitTo(socket)
    exit.send(Buffer.from('pong '))
    turn.addRoom({ flush: () => exit.send(Buffer.from('room 1 ')) })
    turn.addRoom({ flush: () => exit.send(Buffer.from('room 2')) })
    await turnIsOver()
    assert.deepEqual(socket.writes, ['pong room 1 room 2'])
  })

  test('what one exit sends to another while it is flushed is written in the next turn', async () => {
    const [a, b] = [new MemorySocket(), new MemorySocket()]
    const turn = new Turn()
    const limits = { levelsWaitBytes: 100, maxBufferedBytes: 400 }
    const first = new Exit({ socket: a, turn, limits, onSlow: () => {} })
    const second = new Exit({ socket: b, turn, limits, onSlow: () => first.send(Buffer.from('it has gone')) })
    b.isReading = false
    for (const bytes of [200, 300]) {
      first.send(Buffer.from('news '))
      second.send(Buffer.alloc(bytes))
      await turnIsOver()
    }
    await turnIsOver()
    assert.deepEqual(a.writes, ['news ', 'news ', 'it has gone'])
  })

  test('behind a slow reader states wait, the newest of each, until it has drained', async () => {
    const socket = new MemorySocket()
    const { exit } = exitTo(socket)
    socket.isReading = false
    exit.send(Buffer.alloc(150, 'x'))
    await turnIsOver()
    for (const text of ['typing 1', 'typing 2']) exit.sendLevel('ann', Buffer.from(text))
    exit.sendLevel('bob', Buffer.from('typing 3'))
    await turnIsOver()
    assert.equal(socket.writes.length, 1)
    socket.readOn()
    await turnIsOver()
    await turnIsOver()
    assert.deepEqual(socket.writes.slice(1), ['typing 2typing 3'])
  })

  test('a reader with too much before it is told of as slow, and gets no more', async () => {
    const socket = new MemorySocket()
    const { exit, slowness } = exitTo(socket)
    exit.send(Buffer.alloc(1_000, 'a'))
    await turnIsOver()
    assert.equal(slowness(), 0, 'one large write to a reader that keeps up is fine')
    socket.isReading = false
    exit.send(Buffer.alloc(300, 'b'))
    await turnIsOver()
    exit.send(Buffer.alloc(200, 'c'))
    await turnIsOver()
    assert.equal(slowness(), 1)
    assert.equal(socket.writableLength, 300)
  })

  test('ending writes what is queued, and takes nothing more', async () => {
    const socket = new MemorySocket()
    const { exit } = exitTo(socket)
    exit.send(Buffer.from('last'))
    exit.end()
    exit.send(Buffer.from('late'))
    exit.sendLevel('x', Buffer.from('late'))
    await turnIsOver()
    assert.deepEqual(socket.writes, ['last'])
    await exit.drained()
  })
})
