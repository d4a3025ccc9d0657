// Replicas of two versions on one bus: what was announced once is read for ever, and what is unknown is told apart.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Change, decodeHeader, encode, eventBytes, mayBeChange, serverEvents } from '../src/index.ts'

const epoch = '0123456789abcdef'

/** Recorded when version 1 of the header was made; lines may be added for new kinds, and none may be changed. */
const recorded = readFileSync(new URL('announced/version-1.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as { event: Change['event']; header: string })

test('what this version announces is, byte for byte, what version 1 announced', () => {
  const kinds = new Set(recorded.map(({ event }) => event.type as string))
  assert.deepEqual([...kinds].sort(), Object.keys(serverEvents).sort(), 'a new kind is recorded too')
  for (const { event, header } of recorded) {
    const bytes = encode({ conversation_id: 5, epoch, event })
    assert.equal(
      bytes.subarray(0, 28).toString('hex'),
      header,
      `${event.type}: another layout needs another version number, which older replicas then leave to the database`,
    )
    assert.deepEqual(JSON.parse(eventBytes(bytes).toString()), event)
  }
})

test('what version 1 announced is read', () => {
  for (const { event, header } of recorded) {
    const bytes = Buffer.concat([Buffer.from(header, 'hex'), Buffer.from(JSON.stringify(event))])
    const read = decodeHeader(bytes)
    assert.equal(read?.kind, event.type)
    assert.equal(read.epoch, epoch)
    assert.equal(read.isNumbered, 'seq' in event)
    assert.equal(mayBeChange(bytes), 'seq' in event)
  }
})

test('a kind or a layout of a later version is not read; only a level may be passed over', () => {
  const bytes = encode({ conversation_id: 5, epoch, event: recorded[0]!.event })
  const withByte = (at: number, value: number) => {
    const other = Buffer.from(bytes)
    other[at] = value
    return other
  }
  const laterChange = withByte(1, 8)
  const laterLevel = withByte(1, 200)
  const laterLayout = withByte(0, 2)
  for (const other of [laterChange, laterLevel, laterLayout]) assert.equal(decodeHeader(other), null)
  assert.deepEqual([laterChange, laterLevel, laterLayout].map(mayBeChange), [true, false, true])
})
