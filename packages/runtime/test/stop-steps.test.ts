// The way down: order, deadlines, haste.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from '@goftegu/runtime'
import { StopSteps } from '../src/stop-steps.ts'

function steps(): StopSteps {
  return new StopSteps(createLogger({ name: 'test', level: 'silent' }))
}

const never = () => new Promise<never>(() => {})

test('the last added runs first, each when the one before has ended', async () => {
  const order: string[] = []
  const down = steps()
  for (const name of ['database', 'bus', 'app']) {
    down.add({
      name,
      run: async () => {
        order.push(`${name} begins`)
        await new Promise(setImmediate)
        order.push(`${name} ends`)
      },
    })
  }
  assert.equal(await down.runAll(), true)
  assert.deepEqual(order, ['app begins', 'app ends', 'bus begins', 'bus ends', 'database begins', 'database ends'])
})

test('a step that fails or never ends does not keep the others from their turn, and is told', async () => {
  const order: string[] = []
  const down = steps()
  down.add({ name: 'last', run: async () => order.push('last') })
  down.add({ name: 'stuck', run: never, options: { deadlineMs: 10 } })
  down.add({ name: 'failing', run: async () => assert.fail('on purpose') })
  assert.equal(await down.runAll(), false)
  assert.deepEqual(order, ['last'])
})

test('in haste only what must not be left running is waited for', async () => {
  const order: string[] = []
  const down = steps()
  down.add({
    name: 'database',
    run: async hurried => order.push(`database, ${hurried.aborted}`),
    options: { evenWhenForced: true },
  })
  down.add({ name: 'bus', run: async () => order.push('bus') })
  down.add({ name: 'drain', run: never })
  const ended = down.runAll()
  down.force()
  assert.equal(await ended, true)
  assert.deepEqual(order, ['database, true'])
})
