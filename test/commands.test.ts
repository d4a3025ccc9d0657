// `npm run migrate`, `npm run api`, `npm run gateway`: each runs one thing, says when it is ready, and stops when asked.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freshDatabase, freshRedis, spawnService } from '@goftegu/testkit'
import { inReverse } from './replicas/in-reverse.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)

suite('one command, one thing', () => {
  test('on an empty database: migrate, then the API and a gateway, each ready and stopped with SIGTERM', async t => {
    const env = await surroundings(t)
    const { stdout } = await run('npm', ['run', 'migrate'], {
      cwd: root,
      env: { ...process.env, ...env, NODE_TEST_CONTEXT: undefined },
    })
    assert.match(stdout, /^migrated 0001-initial$/m)
    await Promise.all(['api', 'gateway'].map(name => startAndStop(t, name, env)))
  })
})

/** Runs what the script of package.json runs: npm's own part in it is tested with `npm start`. */
async function startAndStop(t: TestContext, name: string, env: Record<string, string>): Promise<void> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  assert.equal(scripts[name], `exec node scripts/start.mjs ${name}`)
  const script = join(root, 'scripts', 'start.mjs')
  const ready = /"address":"(http[^"]+)","msg":"ready"/
  const service = await spawnService(t, { script, args: [name], env, cwd: root, ready, readyWithinMs: 30_000 })
  const answer = await fetch(`${service.readyMatch?.[1]}/readyz`)
  assert.deepEqual(
    [answer.status, await answer.json()],
    [200, { status: 'ready', checks: { postgresql: 'ok', redis: 'ok' } }],
  )
  assert.deepEqual(await service.stop(), { code: 0, signal: null }, service.output())
}

async function surroundings(t: TestContext): Promise<Record<string, string>> {
  const life = inReverse(t)
  const { url: DATABASE_URL } = await freshDatabase(life)
  const { url: REDIS_URL, prefix: REDIS_PREFIX } = await freshRedis(life)
  const DATA_DIR = await mkdtemp(join(tmpdir(), 'goftegu-commands-'))
  life.after(() => rm(DATA_DIR, { recursive: true, force: true }))
  return {
    DATABASE_URL,
    REDIS_URL,
    REDIS_PREFIX,
    DATA_DIR,
    PORT: '0',
    HOST: '127.0.0.1',
    PUBLIC_URL: '',
    LOG_LEVEL: 'info',
  }
}
