// The gateway as a process of its own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { migrate } from '@goftegu/database'
import { connect, freshDatabase, freshRedis, spawnService } from '@goftegu/testkit'
import { createWorld, person } from './world.ts'

const script = fileURLToPath(new URL('../src/server.ts', import.meta.url))

test('it serves sockets beside another replica, says goodbye with 1012, and ends with 0', async t => {
  const redis = await freshRedis(t)
  const world = await createWorld(t, { redis })
  const replica = await world.replica()
  const [ann, bob] = [await person(replica, 'ann'), await person(replica, 'bob')]
  const message = { recipient_id: bob.user.id, content: 'first' }
  const { conversation_id: id } = await replica.chat.messages.postDirect(ann.actor, message)
  const env = {
    DATABASE_URL: world.databaseUrl,
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    PORT: '0',
    LOG_LEVEL: 'info',
  }
  const service = await spawnService(t, { script, env, ready: /"address":"(http:[^"]+)".*"msg":"ready"/ })
  const headers = { authorization: `Bearer ${bob.token}` }
  const socket = await connect(`${service.readyMatch![1]}/ws/chat/${id}/`, { headers })
  await socket.next('ready')
  const { socket: own } = await replica.listen(ann, id)
  own.send({ type: 'chat_message', content: 'hello' })
  await socket.expectPush('new_message', { message: { content: 'hello' } })
  socket.send({ type: 'chat_message', content: 'hello yourself' })
  await own.expectPush('new_message', { message: { content: 'hello yourself' } })
  await replica.accounts.logout({ ...ann, is_staff: false, renewed: false })
  const exit = await service.stop()
  assert.equal((await socket.closed).code, 1012)
  assert.deepEqual(exit, { code: 0, signal: null })
})

test('what is wrong with its settings is said by name', async t => {
  const { url } = await freshDatabase(t, migrate)
  const env = { DATABASE_URL: url, REDIS_URL: undefined, SOCKET_FRAMES_PER_SECOND: '0' }
  const start = spawnService(t, { script, env, ready: /"msg":"ready"/ })
  await assert.rejects(start, /REDIS_URL must be set|SOCKET_FRAMES_PER_SECOND must be/)
})
