// What happens to gateways: killed at any moment, or at the worst one, frozen, drained.
import { eventually, within } from '@goftegu/testkit'
import { silence } from '../../replicas/chaos.ts'
import { type Installation, startInstallation } from '../../replicas/installation.ts'
import { oneOf, type Random } from '../../replicas/random.ts'
import type { Fault } from '../../replicas/weather.ts'
import { preloading } from '../preload.ts'
import { type Row, underLoad } from '../row.ts'

type Gateway = Installation['gateways'][number]

const diesUnannounced = new URL('../preload/dies-unannounced.ts', import.meta.url)
/** How long a gateway may take to die by itself. */
const deathWithinMs = 60_000
/** And how long everybody may take to come back to new ones, on a busy machine. */
const returnWithinMs = 60_000

export const gatewayRows: Row[] = [
  onGateways('a gateway is killed (SIGKILL)', { whole: 20, short: 5 }, (deployment, random) =>
    killed([oneOf(random, deployment.gateways)]),
  ),
  onGateways(
    'a gateway dies between commit and announcement',
    { whole: 10, short: 2 },
    (deployment, random) => dying(oneOf(random, deployment.gateways)),
    env => preloading(diesUnannounced, env),
  ),
  onGateways('both gateways are killed at once', { whole: 5, short: 0 }, ({ gateways }) => killed(gateways)),
  onGateways('both are killed, and who is back is silent', { whole: 5, short: 1 }, silenced),
  onGateways('a gateway is drained (SIGTERM)', { whole: 5, short: 0 }, (deployment, random) =>
    drained(oneOf(random, deployment.gateways)),
  ),
  onGateways('a gateway is frozen for 5 s (SIGSTOP)', { whole: 3, short: 0 }, (deployment, random) =>
    frozen(oneOf(random, deployment.gateways), 5_000),
  ),
  onGateways('a gateway is frozen for 30 s (SIGSTOP)', { whole: 1, short: 0 }, (deployment, random) =>
    frozen(oneOf(random, deployment.gateways), 30_000),
  ),
]

function onGateways(
  fault: string,
  runs: Row['runs'],
  harm: (deployment: Installation, random: Random) => Fault,
  surround = (env: Record<string, string>) => env,
): Row {
  return underLoad({
    fault,
    runs,
    prepare: async (life, { env, random }) => {
      const deployment = await startInstallation(life, { env: surround(env) })
      return { deployment, fault: () => harm(deployment, random) }
    },
  })
}

function killed(gateways: readonly Gateway[]): Fault {
  const begin = async () => void (await Promise.all(gateways.map(gateway => gateway.kill())))
  const end = async () => void (await Promise.all(gateways.map(gateway => gateway.startAgain())))
  return { begin, holdMs: 0, end }
}

/** Everybody comes to rooms that are new, and what is said last is said while they come. */
function silenced(deployment: Installation): Fault {
  const { begin, holdMs, end } = killed(deployment.gateways)
  const endInSilence: Fault['end'] = async crowd => {
    await end(crowd)
    const areBack = () => crowd.present.every(client => client.isOpen)
    await eventually(areBack, { ms: returnWithinMs, everyMs: 20, what: 'everybody to be back' })
    await silence(crowd, deployment)
  }
  return { begin, holdMs, end: endInSilence }
}

function dying(gateway: Gateway): Fault {
  const begin = async () => {
    gateway.signal('SIGUSR2')
    await within(gateway.died, deathWithinMs, 'the gateway to die')
  }
  return { begin, holdMs: 0, end: () => gateway.startAgain() }
}

function drained(gateway: Gateway): Fault {
  const begin = async () => {
    gateway.signal('SIGTERM')
    await within(gateway.died, deathWithinMs, 'the gateway to end')
  }
  return { begin, holdMs: 0, end: () => gateway.startAgain() }
}

function frozen(gateway: Gateway, holdMs: number): Fault {
  return { begin: async () => gateway.pause(), holdMs, end: async () => gateway.resume() }
}
