// What happens in the hours of a soak: everything that the table of faults does, at random.
import { oneOf, type Random } from '../replicas/random.ts'
import type { Fault } from '../replicas/weather.ts'
import { askPostgres, askRedis } from './ask.ts'
import type { Scene } from './scene.ts'

/** `kind` is the same for all that differ in their length alone. */
export type SoakFault = Fault & { kind: string }

type Kind = { kind: string; longestMs: number } & Pick<Fault, 'begin' | 'end'>

const shortestMs = 500
const calmMs = 8_000
const frozenMs = 8_000
const deadMs = 5_000

/** One after the other until `over`, with some calm between them; the API dies only while `mayEndApi` says so. */
export function* faultsUntil(over: AbortSignal, scene: Scene, random: Random, mayEndApi: () => boolean) {
  const [usual, ofApi] = [faultsOf(scene), endsOfApi(scene)]
  while (!over.aborted) {
    yield timed(calm, random)
    yield timed(oneOf(random, mayEndApi() ? [...usual, ...ofApi] : usual), random)
  }
}

const nothing = async () => {}
const calm: Kind = { kind: 'calm', longestMs: calmMs, begin: nothing, end: nothing }

function timed({ longestMs, ...fault }: Kind, random: Random): SoakFault {
  return { ...fault, holdMs: Math.min(longestMs, shortestMs + random() * longestMs) }
}

/** The second gateway is never killed: its memory is watched over the whole run. */
function faultsOf({ postgres, redis, installation: { gateways, databaseUrl } }: Scene): Kind[] {
  const [mortal, immortal] = [gateways[0]!, gateways[1]!]
  const frozen = (kind: string, victim: { pause(): void; resume(): void }) => {
    return { kind, longestMs: frozenMs, begin: async () => victim.pause(), end: async () => victim.resume() }
  }
  const atOnce = (kind: string, begin: () => Promise<unknown>) => {
    return { kind, longestMs: 0, begin: async () => void (await begin()), end: nothing }
  }
  const others = `datname = '${new URL(databaseUrl).pathname.slice(1)}' and pid <> pg_backend_pid()`
  const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where ${others}`
  return [
    { kind: 'gateway 1 is killed', longestMs: deadMs, begin: () => mortal.kill(), end: () => mortal.startAgain() },
    frozen('gateway 1 is frozen', mortal),
    frozen('gateway 2 is frozen', immortal),
    { kind: 'Redis is killed', longestMs: deadMs, begin: () => redis.kill(), end: () => redis.startAgain() },
    frozen('Redis is frozen', redis),
    atOnce('Redis is flushed', () => askRedis(redis.url, client => client.flushall())),
    atOnce("Redis' subscribers are cut", () =>
      askRedis(redis.url, client => client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')),
    ),
    {
      kind: 'PostgreSQL crashes',
      longestMs: deadMs,
      begin: () => postgres.stop('immediate'),
      end: () => postgres.startAgain(),
    },
    atOnce("PostgreSQL's backends are terminated", () => askPostgres(postgres.url, terminate)),
  ]
}

function endsOfApi({ installation: { api } }: Scene): Kind[] {
  const again = { longestMs: deadMs, end: () => api.startAgain() }
  return [
    { kind: 'the API is stopped', begin: () => api.stop(), ...again },
    { kind: 'the API is killed', begin: () => api.kill(), ...again },
  ]
}
