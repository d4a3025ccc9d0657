// What has no REST yet, through chat's own verbs: groups, and who is in them. Announced over Redis like everything.
import { createAnnouncer, createBroker } from '@goftegu/bus'
import { type Chat, createChat } from '@goftegu/chat'
import type { Cleanup } from '@goftegu/testkit'
import type { Deployment } from './deployment.ts'

/** A third kind of replica: it writes, and has neither sockets nor REST. Without a Redis nobody hears of it. */
export async function startDriver(t: Cleanup, { database, redis, apiUrl }: Deployment): Promise<Chat> {
  const broker = createBroker({ prefix: '', ...redis, replicaId: 'the test', onError: () => {} })
  t.after(() => broker.close())
  await broker.start()
  const chat = createChat({ database, committed: createAnnouncer({ broker }), publicUrl: () => apiUrl })
  t.after(() => chat.close())
  return chat
}
