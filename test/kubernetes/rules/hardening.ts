// Every pod keeps to the "restricted" standard, writes into /tmp alone, and has bounds that leave its heap room.
import type { IContainer } from 'kubernetes-models/v1'
import { containersOf, place, type Rule, type Workload, workloadsOf } from '../manifests.ts'
import { mebibytes } from '../quantity.ts'

/** The part of the memory limit that Node's heap may have: the rest is buffers, stacks and the program. */
const heapShare = 0.75
const shared = ['hostNetwork', 'hostPID', 'hostIPC'] as const

export const podsAreHardened: Rule = manifests =>
  workloadsOf(manifests).flatMap(workload => [
    ...podFaults(workload).map(fault => `${place(workload)}: ${fault}`),
    ...containersOf(workload).flatMap(container =>
      containerFaults(container).map(fault => `${place(workload, container)}: ${fault}`),
    ),
  ])

function podFaults({ pod }: Workload): string[] {
  const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext ?? {}
  const writable = (pod.volumes ?? []).filter(({ emptyDir }) => emptyDir && !emptyDir.sizeLimit)
  return [
    ...(runAsNonRoot && (runAsUser ?? 0) > 0 ? [] : ['it may run as root']),
    ...shared.filter(field => pod[field]).map(field => `it shares its node’s ${field}`),
    ...(seccompProfile?.type === 'RuntimeDefault' ? [] : ['it has no seccomp profile']),
    ...(pod.automountServiceAccountToken === false ? [] : ['it holds a token of the cluster’s API']),
    ...writable.map(({ name }) => `the volume ${name} has no bound`),
  ]
}

function containerFaults({ securityContext, resources, env }: IContainer): string[] {
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = securityContext ?? {}
  const limitMiB = mebibytes(resources?.limits?.memory)
  const heapMiB = Number(/--max-old-space-size=(\d+)/.exec(envOf(env, 'NODE_OPTIONS'))?.[1] ?? 0)
  return [
    ...(allowPrivilegeEscalation === false ? [] : ['it may gain privileges']),
    ...(readOnlyRootFilesystem ? [] : ['its root file system can be written']),
    ...(capabilities?.drop?.includes('ALL') && !capabilities.add ? [] : ['it keeps capabilities']),
    ...(resources?.requests?.cpu && resources.requests.memory ? [] : ['it requests no CPU or no memory']),
    ...(limitMiB > 0 ? [] : ['its memory has no limit']),
    ...(heapMiB <= limitMiB * heapShare ? [] : [`a heap of ${heapMiB} MiB leaves too little of ${limitMiB} MiB`]),
  ]
}

function envOf(env: IContainer['env'], wanted: string): string {
  return env?.find(({ name }) => name === wanted)?.value ?? ''
}
