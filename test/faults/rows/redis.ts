// What happens to Redis: away, empty, frozen, and cutting those who listen. Every send succeeds meanwhile.
import { type Cleanup, type PrivateRedis, privateRedis } from '@goftegu/testkit'
import { Redis } from 'ioredis'
import { silence } from '../../replicas/chaos.ts'
import type { Deployment } from '../../replicas/deployment.ts'
import { startInstallation } from '../../replicas/installation.ts'
import type { Fault } from '../../replicas/weather.ts'
import { type Row, underLoad } from '../row.ts'

type Surroundings = { life: Cleanup; deployment: Deployment }
type Harm = (redis: PrivateRedis, surroundings: Surroundings) => Fault

const prefix = 'faults:'
/** Redis' own default. */
const usualBuffer = 'pubsub 33554432 8388608 60'
/** More than the 16 kB that do not count. */
const bytesOverBuffer = 64 * 1024

export const redisRows: Row[] = [
  onRedis('Redis is down for 1 s', { whole: 5, short: 1 }, down(1)),
  onRedis('Redis is down for 10 s', { whole: 1, short: 0 }, down(10)),
  onRedis('Redis is down for 60 s', { whole: 1, short: 0 }, down(60)),
  onRedis('Redis is down as the last word is said', { whole: 5, short: 1 }, downInSilence),
  onRedis('Redis is frozen for 2 s (SIGSTOP)', { whole: 3, short: 0 }, frozen(2)),
  onRedis('Redis is frozen for 30 s (SIGSTOP)', { whole: 1, short: 0 }, frozen(30)),
  onRedis('Redis forgets everything (FLUSHALL)', { whole: 3, short: 0 }, flushed),
  onRedis('subscribers are cut every 2 s (CLIENT KILL)', { whole: 10, short: 2 }, cut),
  onRedis('Redis cuts subscribers whose output buffer is full', { whole: 5, short: 0 }, overflown),
]

function onRedis(fault: string, runs: Row['runs'], harm: Harm): Row {
  return underLoad({
    fault,
    runs,
    areSendsAnswered: true,
    prepare: async (life, { env }) => {
      const redis = await privateRedis(life)
      const deployment = await startInstallation(life, { redis: { url: redis.url, prefix }, env })
      const fault = harm(redis, { life, deployment })
      return { deployment, fault: () => fault }
    },
  })
}

function down(seconds: number): Harm {
  return redis => ({ begin: () => redis.kill(), holdMs: seconds * 1_000, end: () => redis.startAgain() })
}

/** No later message shows that one is missing. */
function downInSilence(redis: PrivateRedis, { deployment }: Surroundings): Fault {
  const end: Fault['end'] = async crowd => {
    await silence(crowd, deployment)
    await redis.startAgain()
  }
  return { begin: () => redis.kill(), holdMs: 500, end }
}

function frozen(seconds: number): Harm {
  return redis => ({ begin: async () => redis.pause(), holdMs: seconds * 1_000, end: async () => redis.resume() })
}

function flushed(redis: PrivateRedis, { life }: Surroundings): Fault {
  const client = clientOf(redis, life)
  return { begin: async () => void (await client.flushall()), holdMs: 500, end: async () => {} }
}

function cut(redis: PrivateRedis, { life }: Surroundings): Fault {
  const client = clientOf(redis, life)
  const begin = async () => {
    const cuts = await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    if (cuts === 0) throw new Error('nobody listened')
  }
  return { begin, holdMs: 2_000, end: async () => {} }
}

function overflown(redis: PrivateRedis, { life }: Surroundings): Fault {
  const client = clientOf(redis, life)
  const limit = (line: string) => client.config('SET', 'client-output-buffer-limit', line)
  const begin = async () => {
    const before = await overflowsOf(client)
    await limit('pubsub 1 0 0')
    for (const channel of await client.pubsub('CHANNELS', `${prefix}*`)) {
      await client.publish(String(channel), 'x'.repeat(bytesOverBuffer))
    }
    if ((await overflowsOf(client)) === before) throw new Error('nobody was cut')
  }
  return { begin, holdMs: 1_000, end: async () => void (await limit(usualBuffer)) }
}

async function overflowsOf(client: Redis): Promise<number> {
  return Number(/client_output_buffer_limit_disconnections:(\d+)/.exec(await client.info('stats'))?.[1])
}

function clientOf({ url }: PrivateRedis, life: Cleanup): Redis {
  const client = new Redis(url)
  life.after(() => client.disconnect())
  return client
}
