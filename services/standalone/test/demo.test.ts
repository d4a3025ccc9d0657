// `npm start -- --demo`: two users, once, and never in a database of somebody's own.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { freshFolder, nodeStart, query, type RunningService, runToItsEnd, startService } from './running-service.ts'

const demoStart = [...nodeStart, '--demo']

test('the users that are printed can log in and see their conversation; a second start adds nothing', async t => {
  const dataDir = freshFolder(t)
  const first = await startService(t, { dataDir, command: demoStart, env: { REGISTRATION: 'closed' } })
  const printed = passwordsOf(first)
  const conversations = await conversationsOf(first, 'omid', printed.omid)
  assert.equal(conversations.length, 1)
  assert.equal(conversations[0]?.last_message?.sender.username, 'sara')
  first.child.kill('SIGTERM')
  await first.ended

  const second = await startService(t, { dataDir, command: demoStart })
  assert.deepEqual(passwordsOf(second), printed)
  const counts =
    'select (select count(*) from users)::integer as users, (select count(*) from messages)::integer as messages'
  assert.deepEqual(await query(dataDir, counts), [{ users: 2, messages: 3 }])
})

test('a database of somebody is refused', async t => {
  const env = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' }
  const { code, output } = await runToItsEnd(t, { dataDir: freshFolder(t), command: demoStart, env })
  assert.equal(code, 1)
  assert.match(output, /^--demo adds users to the database, and DATABASE_URL names one of yours/)
})

test('an unknown argument is refused with the usage', async t => {
  const { code, output } = await runToItsEnd(t, { dataDir: freshFolder(t), command: [...nodeStart, '--dmeo'] })
  assert.equal(code, 1)
  assert.match(output, /--dmeo.*\nUsage: npm start \[-- --demo \| --new-epoch\]/s)
})

test('--help shows the usage, and starts nothing', async t => {
  const dataDir = freshFolder(t)
  const { code, output } = await runToItsEnd(t, { dataDir, command: [...nodeStart, '--help'] })
  assert.equal(code, 0)
  assert.match(output, /^Usage: npm start \[-- --demo \| --new-epoch\]/)
  assert.deepEqual(readdirSync(dataDir), [])
})

function passwordsOf({ output }: RunningService): Record<string, string> {
  return Object.fromEntries(
    [...output().matchAll(/^ {2}(sara|omid) {3}(\S+)$/gm)].map(([, name, word]) => [name, word]),
  )
}

async function conversationsOf(service: RunningService, username: string, password: string | undefined) {
  const login = await fetch(`${service.address}/api/auth/login/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password, token: true }),
  })
  assert.equal(login.status, 200)
  const { token } = (await login.json()) as { token: string }
  const answer = await fetch(`${service.address}/api/conversations/`, { headers: { authorization: `Bearer ${token}` } })
  return (await answer.json()) as { last_message: { sender: { username: string } } | null }[]
}
