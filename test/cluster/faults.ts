// What is done to the parts of a cluster: killed, frozen, cut off; each is undone after a while.
import { oneOf, type Random } from '../replicas/random.ts'
import type { Fault } from '../replicas/weather.ts'
import type { Cluster } from './cluster.ts'
import type { Part } from './part.ts'

export type ClusterFault = Fault & { kind: Kind; deed: Deed }

export const allDeeds = ['kill', 'pause', 'disconnect'] as const
type Deed = (typeof allDeeds)[number]
type Kind = 'gateway' | 'api' | 'Redis' | 'PostgreSQL' | 'load balancer'

/** The dead are back soon: an orchestrator starts them again. */
const deadMs = 3_000
/** Longer than the health checks take, and the deadlines of queries and commands. */
const silentMs = 10_000
/** Longer than the load balancer takes to give up the sockets of a machine that vanished. */
const vanishedMs = 20_000

/** So many faults has each deed. */
export const kindCount = 5

/** Each deed to one of each kind. */
export function everyFault(cluster: Cluster, random: Random): ClusterFault[] {
  const victims: [Kind, Part][] = [
    ['gateway', oneOf(random, cluster.gateways)],
    ['api', oneOf(random, cluster.apis)],
    ['Redis', cluster.redisServer],
    ['PostgreSQL', cluster.postgresql],
    ['load balancer', cluster.balancer],
  ]
  return allDeeds.flatMap(deed => victims.map(([kind, victim]) => ({ kind, deed, ...deeds[deed](victim) })))
}

const deeds: Record<Deed, (victim: Part) => Fault> = {
  kill: victim => ({
    begin: () => victim.kill(),
    holdMs: deadMs,
    end: async () => {
      await victim.start()
      await victim.untilReady()
    },
  }),
  pause: victim => ({ begin: () => victim.pause(), holdMs: silentMs, end: () => victim.unpause() }),
  disconnect: victim => ({ begin: () => victim.disconnect(), holdMs: vanishedMs, end: () => victim.connect() }),
}
