// The page at `/`: what it shows works, and it needs nothing from anywhere else.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freshDatabase, spawnService } from '@goftegu/testkit'
import { fastify } from 'fastify'
import { frontPage } from '../src/front-page.ts'
import { freshFolder } from './running-service.ts'

test('a browser at the printed address sees commands that work', async t => {
  const dataDir = freshFolder(t)
  const { url } = await freshDatabase(t)
  const service = await spawnService(t, {
    script: fileURLToPath(new URL('../src/server.ts', import.meta.url)),
    env: { DATABASE_URL: url, DATA_DIR: dataDir, PORT: '0' },
    ready: /ready at (http\S+)/,
  })
  const address = service.readyMatch![1]!
  const answer = await fetch(address)
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html; charset=utf-8/)
  const page = await answer.text()
  for (const [, path] of page.matchAll(/ href="([^"]+)"/g))
    assert.equal((await fetch(address + path)).status, 200, path)

  const [first = '', second = ''] = [...page.matchAll(/<pre><code>([\s\S]*?)<\/code><\/pre>/g)].map(([, text]) => text)
  const bash = (commands: string) => promisify(execFile)('bash', ['-euc', commands], { cwd: dataDir })
  const { stdout } = await bash(`${first} -s -S`)
  const bob = /"results":\[\{"id":(\d+),"username":"bob"/.exec(stdout)?.[1]
  assert.ok(bob, stdout)
  const heard = await bash(second.replace('BOB', bob))
  assert.match(heard.stdout, /"last_message":\{.*"content":"سلام 👋"/)
})

test('where no Redis is used, readiness says nothing of one', async t => {
  const { url } = await freshDatabase(t)
  const service = await spawnService(t, {
    script: fileURLToPath(new URL('../src/server.ts', import.meta.url)),
    env: { DATABASE_URL: url, REDIS_URL: undefined, DATA_DIR: freshFolder(t), PORT: '0' },
    ready: /ready at (http\S+)/,
  })
  const answer = await fetch(`${service.readyMatch![1]}/readyz`)
  assert.deepEqual(await answer.json(), { status: 'ready', checks: { postgresql: 'ok' } })
})

test('it loads nothing, and an address is text', async () => {
  const app = fastify()
  await app.register(frontPage, { publicUrl: () => 'https://chat.example.org/<script>' })
  const { body, headers } = await app.inject('/')
  assert.match(body, /running at https:\/\/chat\.example\.org\/&#60;script&#62;/)
  assert.doesNotMatch(body, /<(script|img|link|iframe)|@import|url\(/)
  const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = headers['content-security-policy']
  assert.equal(
    policy,
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  )
})
