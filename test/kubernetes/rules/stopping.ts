// A pod is given the time that its process takes to stop at the longest, and the next one goes only after it.
import type { IDeployment } from 'kubernetes-models/apps/v1'
import { type Manifest, named, place, type Rule, type Workload, workloadsOf } from '../manifests.ts'
import { settingsOf } from './listening.ts'

/** Each stop step may take 10 s: the server, what runs beside it (the API's sweep), the writer, the bus, the database. */
const stepSeconds = 10
/** Fewer, and requests arrive while the load balancer does not know yet. */
const leastPreStopSeconds = 3

/** What closing the sockets may take beyond the window. */
const cutSeconds = 5

/** Seconds from SIGTERM to the end, by container. */
const stopSeconds: Record<string, (drainSeconds: number) => number> = {
  api: () => 5 * stepSeconds,
  // The sockets' step has the window and 5 s beyond it.
  gateway: drainSeconds => drainSeconds + cutSeconds + 4 * stepSeconds,
}

export const graceFits: Rule = manifests =>
  workloadsOf(manifests)
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap(workload => faultsOf(workload, manifests))

function faultsOf(workload: Workload, manifests: Manifest[]): string[] {
  const grace = workload.pod.terminationGracePeriodSeconds ?? 30
  const turn = named<IDeployment>(manifests, 'Deployment', workload.name)?.spec?.minReadySeconds ?? 0
  return workload.pod.containers.flatMap(container => {
    const preStop = container.lifecycle?.preStop?.sleep?.seconds ?? 0
    const drain = Number(settingsOf(container, manifests).DRAIN_SECONDS ?? 10)
    const needed = preStop + (stopSeconds[container.name]?.(drain) ?? 0)
    // Terminating pods do not count in a rollout: only the wait for the new pod keeps two from draining at once.
    const draining = container.name === 'gateway' ? preStop + drain + cutSeconds : 0
    const by = place(workload, container)
    return [
      ...(preStop >= leastPreStopSeconds ? [] : [`${by}: preStop is shorter than ${leastPreStopSeconds} s`]),
      ...(grace >= needed ? [] : [`${by}: terminationGracePeriodSeconds is ${grace}, stopping may take ${needed}`]),
      ...(turn >= draining ? [] : [`${by}: minReadySeconds is ${turn}, draining may take ${draining}`]),
    ]
  })
}
