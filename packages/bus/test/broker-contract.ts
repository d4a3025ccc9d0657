// What every broker promises: run by each engine's own test file.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { atOnce } from '@goftegu/testkit'
import { type Broker, conversationChannel, nudge } from '../src/index.ts'
import { Ear } from './ear.ts'

/** One bus, and what a test may do with it. */
export type BrokerWorld = {
  /** A started broker of another process; closed after the test. Errors of its listeners are collected in `errors`. */
  replica: (replicaId: string, options?: { mostMissed?: number }) => Promise<Broker>
  errors: Error[]
  /** The bus falls silent without a word, and comes back. */
  pause: () => void
  resume: () => void
}

/** The suite. `createWorld` is called once per test. */
export function brokerContract(engine: string, createWorld: (t: TestContext) => Promise<BrokerWorld>): void {
  const room = conversationChannel(7)
  /** Told that what is published there cannot be trusted to arrive. */
  const deaf = (ear: Ear, channel: string) => {
    const isTold = () => ear.signals.some(({ type, concerns }) => type === 'silent' && (concerns?.(channel) ?? true))
    return ear.until(isTold, 10_000, `silence on ${channel}`)
  }
  const text = (words: string) => Buffer.from(words)

  test(`${engine}: a publication reaches every subscriber, the own process too, and nobody else`, async t => {
    const { replica } = await createWorld(t)
    const [ann, ben, cy] = [await replica('ann'), await replica('ben'), await replica('cy')]
    const [annEar, benEar, cyEar] = [new Ear(ann), new Ear(ben), new Ear(cy)]
    assert.equal(await ann.subscribe([room]), 'subscribed')
    await ben.subscribe([room, 'other'])
    await cy.subscribe(['other'])
    assert.equal(await ann.publish(room, text('hello')), 'published')
    assert.equal(await ann.publish('other', text('end')), 'published')
    await Promise.all([annEar.message(room, 'hello'), benEar.message(room, 'hello'), cyEar.message('other', 'end')])
    assert.deepEqual(cyEar.texts(room), [])
    assert.deepEqual(annEar.texts('other'), [])
  })

  test(`${engine}: bytes arrive as they were, and empty ones too`, async t => {
    const { replica } = await createWorld(t)
    const [ann, ben] = [await replica('ann'), await replica('ben')]
    const ear = new Ear(ben)
    await ben.subscribe([room])
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    // A view into a larger buffer, which is overwritten as soon as the answer is there.
    const buffer = new Uint8Array(1_000)
    buffer.set(bytes, 100)
    await ann.publish(room, buffer.subarray(100, 356))
    buffer.fill(0)
    await ann.publish(room, nudge)
    await ear.until(() => ear.messages.length === 2, 10_000, 'two messages')
    assert.deepEqual(ear.messages[0]?.payload, Buffer.from(bytes))
    assert.equal(ear.messages[1]?.payload.length, 0)
  })

  test(`${engine}: publications of one process arrive in their order, once each`, async t => {
    const { replica } = await createWorld(t)
    const [ann, ben, cy] = [await replica('ann'), await replica('ben'), await replica('cy')]
    const ear = new Ear(cy)
    await cy.subscribe(['a', 'b'])
    const expected = Array.from({ length: 1_000 }, (_, index) => String(index))
    for (const number of expected) {
      void ann.publish('a', text(number))
      void ben.publish('b', text(number))
    }
    await ear.until(() => ear.messages.length >= 2_000, 30_000, '2,000 messages')
    assert.deepEqual(ear.texts('a'), expected)
    assert.deepEqual(ear.texts('b'), expected)
  })

  test(`${engine}: after unsubscribe nothing is delivered, and the last one asked for wins`, async t => {
    const { replica } = await createWorld(t)
    const [ann, ben] = [await replica('ann'), await replica('ben')]
    const ear = new Ear(ben)
    await ben.subscribe(['gone', 'kept', 'end'])
    void ben.unsubscribe(['gone', 'kept'])
    void ben.subscribe(['gone'])
    void ben.unsubscribe(['gone'])
    assert.equal(await ben.subscribe(['kept']), 'subscribed')
    await ann.publish('gone', text('unheard'))
    await ann.publish('kept', text('heard'))
    await ann.publish('end', text('end'))
    await ear.message('end', 'end')
    assert.deepEqual([ear.texts('gone'), ear.texts('kept')], [[], ['heard']])
  })

  test(`${engine}: subscribing twice delivers once, and an empty list is fine`, async t => {
    const { replica } = await createWorld(t)
    const ann = await replica('ann')
    const ear = new Ear(ann)
    await Promise.all([ann.subscribe([room]), ann.subscribe([room, room]), ann.subscribe([]), ann.unsubscribe([])])
    await ann.unsubscribe(['never asked for'])
    await ann.publish(room, text('1'))
    await ann.publish(room, text('2'))
    await ear.message(room, '2')
    assert.deepEqual(ear.texts(room), ['1', '2'])
  })

  test(`${engine}: a listener that throws or rejects disturbs nobody`, async t => {
    const { replica, errors } = await createWorld(t)
    const ann = await replica('ann')
    ann.onMessage(() => {
      throw new Error('thrown')
    })
    const rejecting: () => Promise<void> = () => Promise.reject(new Error('rejected'))
    ann.onMessage(rejecting)
    const ear = new Ear(ann)
    await ann.subscribe([room])
    await ann.publish(room, text('1'))
    await ear.message(room, '1')
    await ear.until(() => errors.length === 2, 10_000, 'both errors')
    assert.deepEqual(errors.map(error => error.message).sort(), ['rejected', 'thrown'])
  })

  test(`${engine}: a removed listener hears no more`, async t => {
    const { replica } = await createWorld(t)
    const ann = await replica('ann')
    let heard = 0
    const remove = ann.onMessage(() => {
      heard += 1
    })
    const ear = new Ear(ann)
    await ann.subscribe([room])
    await ann.publish(room, text('1'))
    await ear.message(room, '1')
    remove()
    await ann.publish(room, text('2'))
    await ear.message(room, '2')
    assert.equal(heard, 1)
  })

  test(`${engine}: counts the processes on the bus, and those that say goodbye are not missed`, async t => {
    const { replica } = await createWorld(t)
    const [ann, ben] = [await replica('ann'), await replica('ben')]
    const ear = new Ear(ann)
    await ann.subscribe(['bye'])
    while (ann.replicas < 2) await new Promise(resolve => setTimeout(resolve, 10))
    await ben.publish('bye', text('bye'))
    await ben.close()
    await ear.message('bye', 'bye')
    while (ann.replicas > 1) await new Promise(resolve => setTimeout(resolve, 10))
    assert.deepEqual(ear.signals, [])
  })

  test(`${engine}: a closed broker answers, and delivers nothing`, async t => {
    const { replica } = await createWorld(t)
    const ann = await replica('ann')
    await ann.subscribe([room])
    await ann.close()
    await ann.close()
    assert.equal(ann.state, 'silent')
    assert.equal(await ann.publish(room, text('late')), 'failed')
    assert.equal(await ann.subscribe([room]), 'pending')
    await ann.unsubscribe([room])
  })

  test(`${engine}: silence is signalled, fails at once, and is made up for with nudges`, async t => {
    const { replica, pause, resume } = await createWorld(t)
    const [ann, ben] = [await replica('ann'), await replica('ben')]
    const [annEar, benEar] = [new Ear(ann), new Ear(ben)]
    await ben.subscribe(['missed', 'quiet'])
    pause()
    await Promise.all([deaf(annEar, 'missed'), deaf(benEar, 'missed')])
    assert.deepEqual([ann.state, ben.state], ['silent', 'silent'])
    assert.equal(await atOnce(ann.publish('missed', text('lost'))), 'failed', 'no sender waits for a silent bus')
    resume()
    const isWhole = (ear: Ear, broker: Broker) => ear.until(() => broker.hears(), 20_000, 'all to be heard')
    await Promise.all([isWhole(annEar, ann), isWhole(benEar, ben), benEar.message('missed', '', 20_000)])
    assert.deepEqual([ann.state, ben.state], ['heard', 'heard'])
    assert.equal(await ann.publish('quiet', text('again')), 'published')
    await benEar.message('quiet', 'again')
    assert.deepEqual(benEar.texts('quiet'), ['again'])
    // What failed may have been on its way when the breaker opened: it can arrive all the same.
    assert.equal(benEar.texts('missed').at(-1), '')
  })

  test(`${engine}: more failures than are remembered make every peer compare everything`, async t => {
    const { replica, pause, resume } = await createWorld(t)
    const [ann, ben] = [await replica('ann', { mostMissed: 3 }), await replica('ben')]
    const [annEar, benEar] = [new Ear(ann), new Ear(ben)]
    const channels = ['a', 'b', 'c', 'd'].map(name => `{one shard}${name}`)
    await ben.subscribe(channels)
    pause()
    await Promise.all(channels.map(channel => deaf(annEar, channel)))
    for (const channel of channels) await ann.publish(channel, text('lost'))
    resume()
    const { replicaId, reason, concerns } = await benEar.signal('peer_lost', 20_000)
    assert.deepEqual([replicaId, reason], ['ann', 'overflow'])
    for (const channel of channels) assert.ok(concerns?.(channel) ?? true)
  })
}
