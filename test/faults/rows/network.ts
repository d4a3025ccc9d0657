// What happens to the network between two parts: slow, in pieces, silent, cut, lossy, gone on one side.
import { type Cleanup, eventually, freshRedis, postgresServers, type TcpProxy, tcpProxy } from '@goftegu/testkit'
import { type InstallationOptions, startInstallation } from '../../replicas/installation.ts'
import { oneOf } from '../../replicas/random.ts'
import type { Fault } from '../../replicas/weather.ts'
import { repeated } from '../repeated.ts'
import { type Row, type Scene, underLoad } from '../row.ts'

type Kind = (proxies: readonly TcpProxy[]) => Fault

/** What a connection that nobody cuts does to those who wait for it, for so long. */
const holdMs = 3_000
/** Some are cut off while others talk, so that most come back to a busy room. */
const cuts = { everyMs: 50, holdMs: 6_000, waysPerGateway: 3 }
/** After the fault before, on a busy machine. */
const reconnectedWithinMs = 30_000
const nothing = async () => {}

const reset = deed(proxy => proxy.reset())
const stalled = weather(proxy => proxy.stall())
const sliced = weather(proxy => proxy.slice(7))
const delayed = weather(proxy => proxy.delay(300))
const lossy = weather(proxy => proxy.drop())
const serverGone = deed(proxy => proxy.halfOpen('target'))
const clientGone = deed(proxy => proxy.halfOpen('client'))

/** Each in turn. A half-open one is found by whoever waits for an answer. */
const kinds: Kind[] = [reset, stalled, serverGone, lossy, sliced, delayed, clientGone]
const words = 'resets, stalls, half-open, losses, slices, delays'

/** Lasts until the parties find it: a user's own heartbeat takes 35 s, so one gateway loses bytes while another is gone. */
const silentToUsers: Kind = ([first, ...others]) => ({
  begin: async () => {
    first!.forget()
    for (const proxy of others) proxy.halfOpen('target')
  },
  holdMs: 0,
  end: nothing,
})

export const networkRows: Row[] = [
  networkRow('between users and gateways', {
    runs: { whole: 6, short: 2 },
    kinds: [reset, stalled, sliced, delayed, clientGone, silentToUsers],
    prepare: (life, env) => toUsers(life, env),
  }),
  networkRow('between gateways and Redis', { runs: { whole: 7, short: 4 }, prepare: toRedis('gateway') }),
  networkRow('between gateways and PostgreSQL', { runs: { whole: 7, short: 4 }, prepare: toPostgres('gateway') }),
  networkRow('between the API and Redis', { runs: { whole: 7, short: 0 }, prepare: toRedis('api') }),
  networkRow('between the API and PostgreSQL', { runs: { whole: 7, short: 0 }, prepare: toPostgres('api') }),
  // Histories of creations, edits, deletions, files, joinings and leavings: live, replayed and fetched views are one.
  underLoad({
    fault: `some users are cut off every ${cuts.everyMs} ms, for ${cuts.holdMs / 1_000} s`,
    runs: { whole: 3, short: 1 },
    crowd: { conversations: 2, paces: { socket: 60, rest: 5, guest: 5 } },
    prepare: async (life, { env, random }) => {
      const { deployment, proxies } = await toUsers(life, env, cuts.waysPerGateway)
      let cut = 0
      const cutOne = () => {
        const proxy = oneOf(random, proxies)
        cut += proxy.connections
        proxy.reset()
      }
      const judge = () => {
        if (cut === 0) throw new Error('nobody was cut off')
        return { broken: [], figures: { 'sockets cut off': cut } }
      }
      return { deployment, fault: () => repeated(cuts.everyMs, cuts.holdMs, cutOne), judge }
    },
  }),
]

type Link = Pick<Row, 'runs'> & {
  kinds?: readonly Kind[]
  prepare: (life: Cleanup, env: Record<string, string>) => Promise<Pick<Scene, 'deployment'> & { proxies: TcpProxy[] }>
}

function networkRow(where: string, { runs, kinds: inTurn = kinds, prepare }: Link): Row {
  return underLoad({
    fault: `a bad network ${where}: ${words}`,
    runs,
    prepare: async (life, { env }) => {
      const { deployment, proxies } = await prepare(life, env)
      return { deployment, fault: n => onTheWay(proxies, inTurn[n % inTurn.length]!(proxies)) }
    },
  })
}

/** Waits until somebody goes there again: what goes wrong where nobody goes would show nothing. */
function onTheWay(proxies: readonly TcpProxy[], fault: Fault): Fault {
  const isUsed = () => proxies.some(({ connections }) => connections > 0)
  const begin: Fault['begin'] = async (...about) => {
    await eventually(isUsed, { ms: reconnectedWithinMs, what: 'a connection through the proxy' })
    await fault.begin(...about)
  }
  return { ...fault, begin }
}

/** Each gateway is reached on so many ways of its own. */
async function toUsers(life: Cleanup, env: Record<string, string>, waysPerGateway = 1): ReturnType<Link['prepare']> {
  const installation = await startInstallation(life, { env })
  const gateways = Array.from({ length: waysPerGateway }, () => installation.gateways).flat()
  const proxies = await Promise.all(gateways.map(gateway => tcpProxy(life, gateway.url)))
  const entrances = proxies.map((proxy, n) => ({ url: new URL(proxy.urlFor(gateways[n]!.url)).origin }))
  return { deployment: { ...installation, entrances }, proxies }
}

type Side = keyof NonNullable<InstallationOptions['through']>

function toRedis(side: Side): Link['prepare'] {
  return async (life, env) => {
    const redis = await freshRedis(life)
    const proxy = await tcpProxy(life, redis.url)
    const through = { [side]: { redisUrl: (url: string) => proxy.urlFor(url) } }
    return { deployment: await startInstallation(life, { redis, through, env }), proxies: [proxy] }
  }
}

function toPostgres(side: Side): Link['prepare'] {
  return async (life, env) => {
    const [postgres] = await postgresServers()
    const proxy = await tcpProxy(life, postgres!.url)
    const through = { [side]: { databaseUrl: (url: string) => proxy.urlFor(url) } }
    return { deployment: await startInstallation(life, { postgres, through, env }), proxies: [proxy] }
  }
}

/** Something that happens to every proxy, and is over. */
function deed(harm: (proxy: TcpProxy) => void): Kind {
  return proxies => ({ begin: async () => proxies.forEach(harm), holdMs: 0, end: nothing })
}

/** Something that stays for a while. */
function weather(harm: (proxy: TcpProxy) => void): Kind {
  const heal = (proxy: TcpProxy) => proxy.heal()
  return proxies => ({ begin: async () => proxies.forEach(harm), holdMs, end: async () => proxies.forEach(heal) })
}
