// `npm run oracle` against deployments that somebody else runs: whole ones, and one that loses something.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { migrate } from '@goftegu/database'
import { type Cleanup, freshDatabase, privateRedis, spawnService, within } from '@goftegu/testkit'
import { repository } from './documents/markdown.ts'
import { sabotaged } from './faults/sabotage.ts'
import { inReverse } from './replicas/in-reverse.ts'
import { startInstallation } from './replicas/installation.ts'

/** Long enough that something is broken while people still write, and then not waited for in vain for long. */
const brief = ['--seconds', '6', '--patience', '5']

// Most of the time each of them waits.
describe('npm run oracle', { concurrency: 2 }, () => {
  test('one process without Redis keeps its promise, and members stay as they are', async t => {
    const life = inReverse(t)
    const folder = mkdtempSync(join(tmpdir(), 'goftegu-oracle-'))
    life.after(() => rmSync(folder, { recursive: true, force: true }))
    const { url: databaseUrl } = await freshDatabase(life, migrate)
    const script = join(repository, 'services/standalone/src/server.ts')
    const env = { DATABASE_URL: databaseUrl, DATA_DIR: folder, PORT: '0' }
    const service = await spawnService(life, { script, env, ready: /ready at (http\S+)/, readyWithinMs: 30_000 })
    const url = service.readyMatch![1]!
    const oracle = await startOracle(life, ['--url', `${url}/`, '--database-url', databaseUrl])
    assert.deepEqual(await oracle.exited, { code: 0, signal: null }, oracle.output())
    assert.match(oracle.output(), /members and names of groups stay as they are/)
    assert.match(oracle.output(), clean)
  })

  test('separate processes keep it while a gateway is killed and members come and go; Ctrl-C brings the judgement', async t => {
    const { life, installation, args } = await separateProcesses(t)
    const oracle = await startOracle(life, [...args, '--seconds', '600'])
    await installation.gateways[0]!.kill()
    oracle.signal('SIGINT')
    assert.deepEqual(await oracle.exited, { code: 0, signal: null }, oracle.output())
    assert.match(oracle.output(), clean)
  })

  test('a deployment that loses something is found out', async t => {
    const { life, redis, args } = await separateProcesses(t, sabotaged('no-comparison'))
    const oracle = await startOracle(life, [...args, ...brief])
    await redis.kill() // what is told over Redis is told nobody from now on, and nobody asks PostgreSQL
    assert.deepEqual(await oracle.exited, { code: 1, signal: null }, oracle.output())
    assert.match(oracle.output(), /^lost [1-9]/m)
    assert.match(oracle.output(), /lost: reader \d+ of conversation \d+ was never handed \d+/)
  })

  test('an API that stays away is held against the deployment, and not waited for without end', async t => {
    const { life, installation, args } = await separateProcesses(t)
    const oracle = await startOracle(life, [...args, ...brief])
    await installation.api.kill()
    const exit = await within(oracle.exited, 120_000, 'the judgement')
    assert.deepEqual(exit, { code: 1, signal: null }, oracle.output())
    assert.match(oracle.output(), /waited 5000 ms for every request to have its answer/)
  })
})

const clean = /^[1-9]\d* acknowledged.*\nlost 0, duplicated 0, reordered 0, phantom 0, leaked 0, diverged 0\n/m

async function separateProcesses(t: TestContext, env: Record<string, string> = {}) {
  const life = inReverse(t)
  const redis = await privateRedis(life)
  const options = { redis: { url: redis.url, prefix: 'oracle:' }, env }
  const installation = await startInstallation(life, options)
  const addresses = ['--url', installation.apiUrl, ...installation.gateways.flatMap(({ url }) => ['--gateway', url])]
  const parts = ['--database-url', installation.databaseUrl, '--redis-url', redis.url, '--redis-prefix', 'oracle:']
  return { life, installation, redis, args: [...addresses, ...parts] }
}

/** Resolves when people write. */
function startOracle(life: Cleanup, args: string[]) {
  const script = join(repository, 'test/oracle/main.ts')
  const all = ['--seconds', '3', '--conversations', '2', ...args]
  return spawnService(life, { script, args: all, ready: /[1-9]\d* acknowledged/, readyWithinMs: 60_000 })
}
