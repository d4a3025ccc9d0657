// Alive, ready, and what is reported without failing either.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from '@goftegu/runtime'
import { createServer, healthPlugin, type Readiness } from '../src/index.ts'

test('ready is started, migrated and not draining', async t => {
  const app = createServer({ logger: createLogger({ name: 'test', level: 'silent' }) })
  t.after(() => app.close())
  let readiness: Readiness = 'starting'
  app.register(healthPlugin, {
    readiness: () => readiness,
    checks: {
      postgresql: async () => {},
      redis: () => new Promise(() => {}),
      blobs: () => Promise.reject(new Error('no folder')),
    },
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const ready = async () => {
    const response = await fetch(`${url}/readyz/`)
    return [response.status, await response.json()] as [number, { code?: string; checks: object }]
  }

  const [starting, whileStarting] = await ready()
  assert.deepEqual([starting, whileStarting.code], [503, 'unavailable'])
  readiness = 'ready'
  assert.deepEqual(await ready(), [
    200,
    { status: 'ready', checks: { postgresql: 'ok', redis: 'away', blobs: 'away' } },
  ])
  readiness = 'draining'
  const [draining, whileDraining] = await ready()
  assert.deepEqual([draining, whileDraining.code], [503, 'draining'])
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
})
