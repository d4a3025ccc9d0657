// What the images run: every package compiled, and the services started from `dist` by plain Node.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import { freshDatabase, freshRedis, spawnService } from '@goftegu/testkit'
import { readWorkspace, repository } from './arrows/workspace.ts'

const execute = promisify(execFile)
const dist = (service: string, file = 'server.js') => join(repository, 'services', service, 'dist', file)

before(async () => {
  // What an older build left would stand in for what this one does not write.
  for (const { folder } of readWorkspace()) rmSync(join(repository, folder, 'dist'), { recursive: true, force: true })
  const tsc = join(repository, 'node_modules/.bin/tsc')
  // Types are checked once, over the whole tree; without them this takes a third of its time.
  const failure = await execute(tsc, ['-b', 'tsconfig.build.json', '--noCheck'], { cwd: repository }).catch(
    error => error,
  )
  assert.ok(!(failure instanceof Error), `${failure.stdout}${failure.stderr}`)
})

test('compiled, migration, API and gateway run without the sources', async t => {
  const redis = await freshRedis(t)
  const env = {
    DATABASE_URL: (await freshDatabase(t)).url,
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'info',
  }
  const migrated = await execute(process.execPath, [dist('api', 'migrate.js')], { env: { ...process.env, ...env } })
  assert.match(migrated.stdout, /migrations were run/)
  for (const service of ['api', 'gateway']) {
    const script = dist(service)
    const running = await spawnService(t, { script, isCompiled: true, env, ready: /"address":"(\S+?)"/, ...patience })
    const answer = await fetch(`${running.readyMatch?.[1]}/readyz`)
    assert.deepEqual(await answer.json(), { status: 'ready', checks: { postgresql: 'ok', redis: 'ok' } })
    assert.deepEqual(await running.stop(patience.readyWithinMs), { code: 0, signal: null })
  }
})

test('compiled, the standalone service runs without the sources', async t => {
  const env = { DATABASE_URL: (await freshDatabase(t)).url, REDIS_URL: undefined, HOST: '127.0.0.1', PORT: '0' }
  const script = dist('standalone')
  const running = await spawnService(t, { script, isCompiled: true, env, ready: /is ready at (\S+)/, ...patience })
  const page = await fetch(`${running.readyMatch?.[1]}/`)
  assert.match(await page.text(), /Goftegu/)
  assert.deepEqual(await running.stop(patience.readyWithinMs), { code: 0, signal: null })
})

const patience = { readyWithinMs: 60_000 }
