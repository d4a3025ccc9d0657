// The world of the gateway's tests: real chat, accounts and sockets; one replica, or several on one bus.
import type { TestContext } from 'node:test'
import { createAccounts } from '@goftegu/accounts'
import { type Broker, createAnnouncer, createBroker, MemoryBus } from '@goftegu/bus'
import { type Chat, createChat } from '@goftegu/chat'
import { Database, migrate } from '@goftegu/database'
import { createServer, metricsPlugin, sessionPlugin } from '@goftegu/http'
import { createMetrics } from '@goftegu/metrics'
import type { User } from '@goftegu/protocol'
import { createLogger } from '@goftegu/runtime'
import { connect, freshDatabase, type SocketClient } from '@goftegu/testkit'
import { createGateway, type GatewayLimits } from '../src/index.ts'

export type Person = { user: User; token: string; session_id: number; actor: { id: number; is_staff: boolean } }
export type ReplicaOptions = {
  limits?: Partial<GatewayLimits>
  /** Stands between the gateway and the bus. */
  broker?: (broker: Broker) => Broker
  /** Another way to the world's database. */
  databaseUrl?: string
}

/** Node's own context, or a suite's. */
type Scope = Pick<TestContext, 'after'>

/** Undone in the opposite order, and whole: a server closes before its database. */
function undoing(t: Scope): (undo: () => unknown) => void {
  const steps: (() => unknown)[] = []
  t.after(async () => {
    for (const undo of steps.reverse()) await undo()
  })
  return undo => steps.push(undo)
}

export type World = Awaited<ReturnType<typeof createWorld>>
export type Replica = Awaited<ReturnType<World['replica']>>

/** A database and a bus; `replica()` starts a gateway on them. */
export async function createWorld(t: Scope, { redis }: { redis?: { url: string; prefix: string } } = {}) {
  const { url } = await freshDatabase(t, migrate)
  const onEnd = undoing(t)
  const memoryBus = new MemoryBus()
  let count = 0

  async function replica({ limits, broker: through = broker => broker, databaseUrl = url }: ReplicaOptions = {}) {
    const replicaId = `replica-${++count}`
    const logger = createLogger({ name: replicaId, level: process.env.TEST_LOG_LEVEL ?? 'fatal' })
    const metrics = createMetrics()
    const database = new Database({ url: databaseUrl, applicationName: replicaId, metrics: metrics.database })
    await database.connect()
    onEnd(() => database.close())
    const prefix = redis?.prefix ?? ''
    const broker = through(createBroker({ url: redis?.url, prefix, replicaId, memoryBus, onError: () => {} }))
    onEnd(() => broker.close())
    await broker.start()
    const announce = createAnnouncer({ broker, local: (id, bytes) => gateway.receive(id, bytes) })
    const accounts = createAccounts({ database, ended: ids => gateway.sessionsEnded(ids) })
    let address = ''
    const publicUrl = () => address
    const onError = (err: unknown, doing: string) => logger.error({ err, doing }, 'a task failed')
    const chat = createChat({ database, committed: announce, publicUrl, onError, metrics: metrics.writer })
    onEnd(() => chat.close())
    const reads: string[] = []
    const load = { now: 0, most: 0 }
    const gateway = createGateway({
      chat: recordLoad(recordReads(chat, reads), load),
      accounts,
      database,
      broker,
      announce,
      logger,
      limits,
      metrics,
    })
    const app = await createServer({ logger })
    const session = { accounts, cookieSecure: 'never' as const, publicUrl, allowedOrigins: [], trustedProxies: [] }
    await app.register(metricsPlugin, metrics)
    await app.register(sessionPlugin, session)
    await app.register(gateway.plugin)
    address = await app.listen({ host: '127.0.0.1', port: 0 })
    onEnd(() => app.close())

    /** Opens the conversation's socket as this person. */
    async function open(person: Person, conversationId: number, query = ''): Promise<SocketClient> {
      const headers = { authorization: `Bearer ${person.token}` }
      return connect(`${address}/ws/chat/${conversationId}/${query}`, { headers })
    }

    /** The same, with what comes first already read. */
    async function listen(person: Person, conversationId: number, query = '') {
      const socket = await open(person, conversationId, query)
      return { socket, ready: await socket.next('ready') }
    }

    return { chat, accounts, gateway, app, address, database, broker, announce, reads, load, open, listen }
  }

  return { replica, databaseUrl: url, memoryBus }
}

/** Writes down which of its reads the gateway asks for; chat's own tests show that each is one round trip. */
function recordReads(chat: Chat, reads: string[]): Chat {
  const recorded = Object.entries(chat.changes).map(([name, read]) => {
    const recording = (...args: unknown[]) => {
      reads.push(name)
      return Reflect.apply(read, null, args) as unknown
    }
    return [name, recording] as const
  })
  return { ...chat, changes: Object.assign({ ...chat.changes }, Object.fromEntries(recorded)) }
}

/** Counts how many posts of the gateway are in the works. */
function recordLoad(chat: Chat, load: { now: number; most: number }): Chat {
  const post: Chat['messages']['post'] = (...args) => {
    load.most = Math.max(load.most, ++load.now)
    return chat.messages.post(...args).finally(() => load.now--)
  }
  return { ...chat, messages: { ...chat.messages, post } }
}

/** A new user with a session. */
export async function person({ accounts }: Pick<Replica, 'accounts'>, username: string): Promise<Person> {
  const { user, token, session_id } = await accounts.register({ username, password: 'correct horse' })
  return { user, token, session_id, actor: { id: user.id, is_staff: false } }
}

/** Makes somebody staff, as an administrator would. */
export async function promote({ database }: Pick<Replica, 'database'>, person: Person): Promise<Person> {
  await database.db.updateTable('users').set({ is_staff: true }).where('id', '=', person.user.id).execute()
  return { ...person, actor: { ...person.actor, is_staff: true } }
}

/** A replica with two people in a direct conversation, which holds one message. */
export async function conversation(t: Scope, options: ReplicaOptions = {}) {
  const world = await createWorld(t)
  const replica = await world.replica(options)
  const [ann, bob] = [await person(replica, 'ann'), await person(replica, 'bob')]
  const { conversation_id: id } = await replica.chat.messages.postDirect(ann.actor, {
    recipient_id: bob.user.id,
    content: 'first',
  })
  return { world, replica, ann, bob, id }
}
