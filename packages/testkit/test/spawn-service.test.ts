// Services as processes: ready or not, stopped, killed, never left behind.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Cleanup, eventually, spawnService } from '../src/index.ts'

const script = fileURLToPath(new URL('fixtures/small-service.ts', import.meta.url))
const ready = /listening at (\S+)/

function start(t: Cleanup, behaviour: string, readyWithinMs = 5_000) {
  return spawnService(t, { script, args: [behaviour], env: { PORT: '4321' }, ready, readyWithinMs })
}

test('a service is ready with its line, drains at SIGTERM, and its output is kept', async t => {
  const service = await start(t, 'drains')
  assert.equal(service.readyMatch?.[1], 'http://127.0.0.1:4321')
  assert.deepEqual(await service.stop(), { code: 0, signal: null })
  assert.match(service.output(), /drained/)
})

test('a service that is killed says so', async t => {
  const service = await start(t, 'serves')
  assert.deepEqual(await service.kill(), { code: null, signal: 'SIGKILL' })
  assert.equal(service.isRunning, false)
})

test('a service that fails, or is never ready, is reported with what it printed', async t => {
  await assert.rejects(start(t, 'fails'), /DATABASE_URL is missing/)
  await assert.rejects(start(t, 'is never ready', 300), /did not start/)
})

test('nothing is left when the test file itself is killed with -9', async () => {
  const parent = `
    import { PrivateRedis, spawnService } from '@goftegu/testkit'
    const redis = await PrivateRedis.start()
    const service = await spawnService({ after() {} }, { script: ${JSON.stringify(script)}, ready: /listening/ })
    console.log(redis.pid, service.pid)
    setInterval(() => {}, 1000)`
  const args = ['--conditions=goftegu-source', '--input-type=module', '--eval', parent]
  const cwd = fileURLToPath(new URL('../../..', import.meta.url)) // where @goftegu/testkit can be resolved
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  const pids = String(line).trim().split(' ')
  assert.deepEqual(running(pids), pids)
  child.kill('SIGKILL')
  await eventually(() => running(pids).length === 0, { what: 'the end of both' })
})

/** Those of the processes that still run. */
function running(pids: string[]): string[] {
  return pids.filter(pid => {
    try {
      process.kill(Number(pid), 0)
      return !isZombie(pid)
    } catch {
      return false
    }
  })
}

/** Ended, and waiting for a parent to take note: in a container there may be none that does. */
function isZombie(pid: string): boolean {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && / Z /.test(readFileSync(stat, 'utf8'))
}
