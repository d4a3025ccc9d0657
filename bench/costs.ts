// What a socket, a message and a delivery cost each part: the figures that docs/scale.md is computed from.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { type LoadPlan, runLoad } from './conversation-load.ts'
import { FrameSocket } from './frame-socket.ts'
import { type PrivateInstallation, startPrivateInstallation } from './private-installation.ts'
import { cpuSeconds, cpuSecondsOfFamily, parentOf, residentMiB } from './process-costs.ts'
import { seed } from './seed.ts'

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '8' },
    requests: { type: 'string', default: '1500' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const cleanups: (() => unknown)[] = []

if (values.help) console.log('Usage: npm run bench:costs -- [--sockets N] [--seconds N] [--requests N] [--out FILE]')
else {
  try {
    await main()
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}

/** What was used of each part since some moment, and what was done with it. */
type Usage = {
  gateway: number
  api: number
  postgres: number
  redis: number
  wal: number
  bytes: number
  commits: number
}

async function main(): Promise<void> {
  const installation = await startPrivateInstallation({ after: cleanup => cleanups.push(cleanup) })
  const client = new pg.Client({ connectionString: installation.postgres.url })
  await client.connect()
  cleanups.push(() => client.end())
  const meter = meterOf(installation, client)
  const idle = await idleSockets(installation, meter)
  const messages = await storedMessages(installation, meter)
  const rest = await restReads(installation, meter)
  const heads = await comparedHeads(installation, meter, client)
  const costs = {
    measured: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, all parts on it`,
    node: process.version,
    ...idle,
    ...messages,
    ...rest,
    ...heads,
  }
  const text = `${JSON.stringify(costs, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(3)) : value), 2)}\n`
  console.log(text)
  if (values.out) writeFileSync(values.out, text)
}

function meterOf({ gateway, api, redis }: PrivateInstallation, client: pg.Client) {
  const read = async (): Promise<Usage> => {
    await new Promise(resolve => setTimeout(resolve, 1_500)) // PostgreSQL counts a session's commits with a delay
    const { rows } = await client.query(
      `select pg_backend_pid() as pid, pg_current_wal_lsn() - '0/0' as wal, pg_database_size(current_database()) as bytes,
              (select xact_commit from pg_stat_database where datname = current_database()) as commits`,
    )
    const { pid, wal, bytes, commits } = rows[0]
    return {
      gateway: cpuSeconds(gateway.pid),
      api: cpuSeconds(api.pid),
      postgres: cpuSecondsOfFamily(parentOf(pid)),
      redis: cpuSeconds(redis.pid),
      wal: Number(wal),
      bytes: Number(bytes),
      commits: Number(commits),
    }
  }
  return async <T>(work: () => Promise<T>): Promise<{ used: Usage; result: T }> => {
    const before = await read()
    const result = await work()
    const after = await read()
    const used = Object.fromEntries(
      Object.entries(after).map(([key, value]) => [key, value - before[key as keyof Usage]]),
    )
    return { used: used as Usage, result }
  }
}

type Meter = ReturnType<typeof meterOf>

async function idleSockets({ gateway, postgres }: PrivateInstallation, meter: Meter) {
  const members = 5
  const { conversations } = await seed(postgres.url, { conversations: Number(values.sockets) / members, members })
  const residentBefore = residentMiB(gateway.pid)
  const sockets: FrameSocket[] = []
  const { used } = await meter(async () => {
    for (const { id, cookies } of conversations) {
      const opened = cookies.map(cookie => FrameSocket.open(gateway.port, `/ws/chat/${id}/`, cookie, () => {}))
      sockets.push(...(await Promise.all(opened)))
    }
  })
  const grown = (residentMiB(gateway.pid) - residentBefore) * 1024 * 1024
  for (const socket of sockets) socket.close()
  return {
    gatewayBaseBytes: residentBefore * 1024 * 1024,
    gatewayBytesPerSocket: grown / sockets.length,
    gatewayCpuPerUpgrade: used.gateway / sockets.length,
    postgresCpuPerUpgrade: used.postgres / sockets.length,
  }
}

/**
 * The same messages in small and in large conversations, which differ in deliveries alone; and one message at a time,
 * each with a commit of its own. Redis has one publication per message, and the gateway's own subscription.
 */
async function storedMessages(installation: PrivateInstallation, meter: Meter) {
  const small = await load(installation, meter, { conversations: 200, members: 2, window: 4 })
  const large = await load(installation, meter, { conversations: 10, members: 100, window: 8 })
  const alone = await load(installation, meter, { conversations: 1, members: 2, window: 1 })
  const perMessage = (run: typeof small, part: keyof Usage) => run.used[part] / run.sent
  const gatewayCpuPerDelivery = (perMessage(large, 'gateway') - perMessage(small, 'gateway')) / (100 - 2)
  return {
    gatewayCpuPerDelivery,
    gatewayCpuPerMessageGrouped: perMessage(small, 'gateway') - 2 * gatewayCpuPerDelivery,
    gatewayCpuPerMessageAlone: perMessage(alone, 'gateway') - 2 * gatewayCpuPerDelivery,
    commitsPerMessageGrouped: perMessage(small, 'commits'),
    commitsPerMessageAlone: perMessage(alone, 'commits'),
    postgresCpuPerMessageGrouped: perMessage(small, 'postgres'),
    postgresCpuPerMessageAlone: perMessage(alone, 'postgres'),
    walBytesPerMessageGrouped: perMessage(small, 'wal'),
    walBytesPerMessageAlone: perMessage(alone, 'wal'),
    storedBytesPerMessage: perMessage(small, 'bytes'),
    redisCpuPerPublish: perMessage(small, 'redis'),
    lost: small.lost + large.lost + alone.lost,
  }
}

async function load(
  { gateway, postgres }: PrivateInstallation,
  meter: Meter,
  { conversations, members, window }: { conversations: number; members: number; window: number },
) {
  const seeded = await seed(postgres.url, { conversations, members })
  const plan: LoadPlan = {
    port: gateway.port,
    conversations: seeded.conversations,
    window,
    warmUpSeconds: 0,
    seconds: Number(values.seconds),
  }
  const { used, result } = await meter(() => runLoad(plan))
  return { used, sent: result.sent, deliveries: result.sent * members, lost: result.lost }
}

/** Pages of a history of 20 messages, as a client asks for when a conversation is opened. */
async function restReads({ api, postgres }: PrivateInstallation, meter: Meter) {
  const { conversations } = await seed(postgres.url, { conversations: 1, members: 1 })
  const { id, cookies } = conversations[0]!
  const address = `http://127.0.0.1:${api.port}/api`
  const headers = { cookie: cookies[0]!, origin: `http://127.0.0.1:${api.port}`, 'content-type': 'application/json' }
  const read = async (count: number) => {
    for (let n = 0; n < count; n += 10) {
      const page = async () => (await fetch(`${address}/conversations/${id}/messages/`, { headers })).text()
      await Promise.all(Array.from({ length: 10 }, page))
    }
  }
  for (let n = 0; n < 20; n++) {
    const body = JSON.stringify({ conversation_id: id, content: `message ${n}` })
    const { status } = await fetch(`${address}/messages/`, { method: 'POST', headers, body })
    if (status !== 201) throw new Error(`a message was answered with ${status}`)
  }
  await read(300) // warm
  const requests = Number(values.requests)
  const { used } = await meter(() => read(requests))
  return { apiCpuPerRequest: used.api / requests, postgresCpuPerRequest: used.postgres / requests }
}

/** What each gateway asks of the primary for each of its rooms every 10 s, 2,000 in a query. */
async function comparedHeads({ postgres }: PrivateInstallation, meter: Meter, client: pg.Client) {
  await seed(postgres.url, { conversations: 2_000, members: 1 })
  const { rows } = await client.query<{ id: number }>(
    'select conversation_id as id from conversation_heads order by id desc limit 2000',
  )
  const ids = rows.map(({ id }) => id)
  const text = `select current_epoch(), (select json_agg(json_build_array(h.conversation_id, h.last_seq))
    from conversation_heads h where h.conversation_id = any($1::bigint[]))`
  const queries = 300
  const { used } = await meter(async () => {
    for (let n = 0; n < queries; n++) await client.query(text, [ids])
  })
  return { postgresCpuPerComparedHead: used.postgres / queries / ids.length }
}
