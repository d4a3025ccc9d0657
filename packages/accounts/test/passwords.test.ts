// What hashing costs, and that nobody can make it cost more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '@goftegu/protocol'
import { cost, createHasher, hashOfNobody } from '../src/passwords.ts'

test('argon2id at the cost that was decided, for nobody too', async () => {
  const parameters = (hash: string) => hash.split('$').slice(0, 4).join('$')
  const stored = await createHasher().hash('correct horse')
  assert.equal(parameters(stored), '$argon2id$v=19$m=19456,t=2,p=1')
  assert.equal(parameters(hashOfNobody), parameters(stored))
  assert.deepEqual(cost, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
})

test('who is not there takes as much work as who is', async () => {
  const hasher = createHasher()
  const stored = await hasher.hash('correct horse')
  // Of the processor, all threads of ours: what others do with it meanwhile does not count.
  // Only the sum is exact: Linux divides it into user and system by where its clock ticks happened to fall.
  const workOf = async (hash: string | undefined) => {
    const before = process.cpuUsage()
    assert.equal(await hasher.verify(hash, 'wrong one'), false)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  }
  let [known, unknown] = [0, 0]
  // In turn, so that a hot moment of the machine meets both; without a hash it is a thousand times as little.
  for (let run = 0; run < 12; run++) {
    known += await workOf(stored)
    unknown += await workOf(undefined)
  }
  assert.ok(unknown > known / 4 && unknown < known * 4, `known ${known} ms, unknown ${unknown} ms`)
  assert.equal(await hasher.verify('', 'correct horse'), false)
  assert.equal(await hasher.verify(stored, 'correct horse'), true)
})

test('a password is the same however its characters are composed', async () => {
  const hasher = createHasher()
  assert.equal(await hasher.verify(await hasher.hash('caf\u00e9 au lait'), 'cafe\u0301 au lait'), true)
})

test('the queue is short, and refuses beyond it', async () => {
  const hasher = createHasher({ atOnce: 1, mostWaiting: 2 })
  const attempts = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.verify(undefined, 'wrong one')))
  const refused = attempts.filter(attempt => attempt.status === 'rejected')
  assert.equal(refused.length, 2)
  for (const { reason } of refused) assert.ok(reason instanceof ChatError && reason.code === 'busy')
  assert.equal(await hasher.verify(undefined, 'wrong one'), false)
})
