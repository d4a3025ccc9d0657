// All pods are closed by default, and opened for what they need: names, PostgreSQL, Redis.
import type { INetworkPolicy, INetworkPolicyPort } from 'kubernetes-models/networking.k8s.io/v1'
import type { ISecret } from 'kubernetes-models/v1'
import { containersOf, type Manifest, ofKind, place, type Rule, type Workload, workloadsOf } from '../manifests.ts'
import { settingsOf } from './listening.ts'
import { matches, type Selector } from './selectors.ts'

/** The ports that a URL means where it names none. */
const usualPorts: Record<string, number> = { 'postgresql:': 5432, 'postgres:': 5432, 'redis:': 6379, 'rediss:': 6379 }

/** The rule; the URLs in `example`, the Secret that an operator fills in, say which ports are needed. */
export function networksAreClosed(example: ISecret): Rule {
  return manifests => [
    ...workloadsOf(manifests).flatMap(workload => workloadFaults(workload, manifests, example)),
    ...ofKind<INetworkPolicy>(manifests, 'NetworkPolicy').flatMap(openFaults),
  ]
}

function workloadFaults(workload: Workload, manifests: Manifest[], example: ISecret): string[] {
  const specs = ofKind<INetworkPolicy>(manifests, 'NetworkPolicy').flatMap(({ spec }) => spec ?? [])
  const own = specs.filter(({ podSelector }) => matches((podSelector ?? {}) as Selector, workload.labels))
  const closed = (type: 'Ingress' | 'Egress') => own.some(({ policyTypes }) => policyTypes?.includes(type))
  const out = own.filter(({ policyTypes }) => policyTypes?.includes('Egress'))
  const open = out.flatMap(({ egress }) => (egress ?? []).flatMap(({ ports }) => ports ?? []))
  const needed = [...neededPorts(workload, example), ...storePorts(workload, manifests)]
  const missing = needed.filter(port => !open.some(allowed => allows(allowed, port)))
  return [
    ...(['Ingress', 'Egress'] as const)
      .filter(type => !closed(type))
      .map(type => `no NetworkPolicy closes its ${type}`),
    ...missing.map(port => `no NetworkPolicy lets it out to port ${port}`),
  ].map(fault => `${place(workload)}: ${fault}`)
}

function neededPorts(workload: Workload, example: ISecret): number[] {
  const keys = containersOf(workload).flatMap(({ env }) =>
    (env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.key),
  )
  const urls = [...new Set(keys)].map(key => URL.parse(example.stringData?.[key ?? ''] ?? ''))
  return [53, ...urls.flatMap(url => (url ? [Number(url.port) || (usualPorts[url.protocol] ?? 443)] : []))]
}

/** Of the store that BLOBS names, where it names one. */
function storePorts({ pod }: Workload, manifests: Manifest[]): number[] {
  return pod.containers
    .filter(({ name }) => name === 'api')
    .map(container => settingsOf(container, manifests).BLOBS ?? '')
    .filter(blobs => blobs.startsWith('s3://'))
    .map(blobs => portOf(new URL(new URL(blobs).searchParams.get('endpoint') ?? 'https://s3.amazonaws.com')))
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'http:' ? 80 : 443)
}

/** By TCP; names are asked for by UDP too (policies.ts). */
function allows({ port, endPort, protocol = 'TCP' }: INetworkPolicyPort, wanted: number): boolean {
  if (protocol !== 'TCP') return false
  return port === wanted || (typeof port === 'number' && port <= wanted && wanted <= (endPort ?? port))
}

/** A rule that names no peer or no port opens for everybody or everything. */
function openFaults({ metadata, spec }: INetworkPolicy & Manifest): string[] {
  const rules = [
    ...(spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })),
    ...(spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports })),
  ]
  return rules
    .filter(({ peers, ports }) => !peers?.length || !ports?.length)
    .map(() => `NetworkPolicy ${metadata.name}: a rule names no peer, or no port`)
}
