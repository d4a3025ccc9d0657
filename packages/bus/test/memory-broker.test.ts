// The broker's promises, kept in memory.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBroker, MemoryBus } from '../src/index.ts'
import { MemoryBroker } from '../src/memory-broker.ts'
import { brokerContract } from './broker-contract.ts'

brokerContract('memory', async t => {
  const bus = new MemoryBus()
  const errors: Error[] = []
  return {
    errors,
    pause: () => bus.pause(),
    resume: () => void bus.resume(),
    replica: async (replicaId, options) => {
      const broker = new MemoryBroker({ bus, replicaId, onError: error => errors.push(error), ...options })
      t.after(() => broker.close())
      await broker.start()
      return broker
    },
  }
})

test('createBroker without a URL gives memory, and refuses a prefix that would change the hash tag', async t => {
  const options = { prefix: 'chat:', replicaId: 'ann', onError: () => undefined }
  const broker = createBroker(options)
  t.after(() => broker.close())
  await broker.start()
  assert.equal(broker.state, 'heard')
  assert.throws(() => createBroker({ ...options, prefix: '{x}' }), /braces/)
})
