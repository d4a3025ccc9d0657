// Stored messages a second through one gateway, and commits for each.

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { migrate } from '@goftegu/database'
import { freePort, PrivatePostgres, PrivateRedis, spawnService } from '@goftegu/testkit'
import pg from 'pg'
import { runLoad } from './conversation-load.ts'
import { cpuSeconds, pinTo, residentMiB } from './process-costs.ts'
import { life, runBench } from './run-bench.ts'
import { seed } from './seed.ts'

const usage = `Usage: npm run bench -- [options]
  --conversations N  conversations (200)      --members N  sockets in each (5); the first one publishes
  --window N         messages in flight per publisher (4)
  --seconds N        measured (10), after --warm-up N (3)
  --pin              gateway on core 0; generator, PostgreSQL and Redis on core 1 (Linux, taskset)
  --hold FILE        do not measure: write "path cookie" lines to FILE, print the address, and wait for Ctrl-C,
                     so that another load generator can be used`

const { values } = parseArgs({
  options: {
    conversations: { type: 'string', default: '200' },
    members: { type: 'string', default: '5' },
    window: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '3' },
    pin: { type: 'boolean', default: false },
    hold: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

await runBench(main, { help: values.help, usage })

async function main(): Promise<void> {
  if (values.pin) pinTo(process.pid, 1) // what is started from here inherits it
  const postgres = await PrivatePostgres.start()
  life.after(() => postgres.close())
  const redis = await PrivateRedis.start()
  life.after(() => redis.close())
  await migrate(postgres.url)
  const [conversations, members] = [Number(values.conversations), Number(values.members)]
  const seeded = await seed(postgres.url, { conversations, members })
  const gateway = await startGateway(postgres.url, redis.url)
  if (values.pin) pinTo(gateway.pid, 0)
  if (values.hold) return hold(values.hold, gateway.port, seeded.conversations)

  const commitsBefore = await commits(postgres.url)
  const cpuBefore = cpuSeconds(gateway.pid)
  const result = await runLoad({
    port: gateway.port,
    conversations: seeded.conversations,
    window: Number(values.window),
    warmUpSeconds: Number(values['warm-up']),
    seconds: Number(values.seconds),
  })
  const cpu = cpuSeconds(gateway.pid) - cpuBefore
  const perMessage = ((await commits(postgres.url)) - commitsBefore) / result.sent
  const { rows } = await query<{ version: string; fsync: string }>(
    postgres.url,
    "select current_setting('server_version') as version, current_setting('fsync') as fsync",
  )
  console.log(
    [
      `${conversations * members} sockets in ${conversations} conversations of ${members}, ${values.window} in flight each`,
      `PostgreSQL ${rows[0]!.version}, fsync ${rows[0]!.fsync}; Node ${process.version}${values.pin ? '; pinned' : ''}`,
      `stored messages/s     ${result.messagesPerSecond.toFixed(0)}`,
      `deliveries/s          ${result.deliveriesPerSecond.toFixed(0)}`,
      `commits per message   ${perMessage.toFixed(3)}`,
      `send to own echo      p50 ${result.latencyMs.p50.toFixed(1)} ms, p99 ${result.latencyMs.p99.toFixed(1)} ms`,
      `lost ${result.lost}, duplicated ${result.duplicated}, reordered ${result.reordered} of ${result.sent * members} deliveries`,
      `gateway: ${((cpu / result.sent) * 1e6).toFixed(0)} µs of CPU per message, ${residentMiB(gateway.pid).toFixed(0)} MiB resident`,
    ].join('\n'),
  )
}

async function startGateway(databaseUrl: string, redisUrl: string): Promise<{ pid: number; port: number }> {
  const port = await freePort()
  const service = await spawnService(life, {
    script: fileURLToPath(new URL('../services/gateway/src/server.ts', import.meta.url)),
    // A person sends 10 frames a second at most; publishers here send as fast as they hear themselves.
    env: {
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      SOCKET_FRAMES_PER_SECOND: '100000',
      UPGRADES_PER_SECOND: '10000',
    },
    ready: /"msg":"ready"/,
  })
  return { pid: service.pid, port }
}

/** Commits of the whole database so far; PostgreSQL publishes a session's within a second of its last one. */
async function commits(url: string): Promise<number> {
  await new Promise(resolve => setTimeout(resolve, 1_500))
  const { rows } = await query<{ commits: string }>(
    url,
    'select xact_commit as commits from pg_stat_database where datname = current_database()',
  )
  return Number(rows[0]!.commits)
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<pg.QueryResult<Row>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query<Row>(text)
  } finally {
    await client.end()
  }
}

async function hold(file: string, port: number, conversations: { id: number; cookies: string[] }[]): Promise<void> {
  const lines = conversations.flatMap(({ id, cookies }) => cookies.map(cookie => `/ws/chat/${id}/ ${cookie}`))
  writeFileSync(file, `${lines.join('\n')}\n`)
  console.log(
    `ws://127.0.0.1:${port}, conversations ${conversations[0]!.id} to ${conversations.at(-1)!.id}, in ${file}`,
  )
  console.log('Ctrl-C ends it.')
  await new Promise(resolve => process.once('SIGINT', resolve))
}
