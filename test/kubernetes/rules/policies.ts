// A policy says what it does: its rules count, its networks are networks, and those who must come in come in.
import { isIPv4 } from 'node:net'
import type { INetworkPolicy, INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1'
import { type Labels, type Manifest, ofKind, place, type Rule, type Workload, workloadsOf } from '../manifests.ts'
import { matches, type Selector } from './selectors.ts'

/** Pods of other namespaces, by the labels that their own installations give them. */
type Stranger = { name: string; namespace: string; labels: Labels }
const mustComeIn: Stranger[] = [
  { name: 'ingress-nginx', namespace: 'ingress-nginx', labels: { 'app.kubernetes.io/name': 'ingress-nginx' } },
  { name: 'prometheus', namespace: 'monitoring', labels: { 'app.kubernetes.io/name': 'prometheus' } },
]
const names: Stranger = { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } }

export const policiesCount: Rule = manifests => {
  const policies = ofKind<INetworkPolicy>(manifests, 'NetworkPolicy')
  return [
    ...policies.flatMap(policy => policyFaults(policy).map(fault => `NetworkPolicy ${policy.metadata.name}: ${fault}`)),
    ...workloadsOf(manifests).flatMap(workload => workloadFaults(workload, policies)),
  ]
}

function policyFaults({ spec }: INetworkPolicy & Manifest): string[] {
  const { ingress = [], egress = [], policyTypes = [] } = spec ?? {}
  const peers = [...(ingress ?? []).flatMap(({ from }) => from ?? []), ...(egress ?? []).flatMap(({ to }) => to ?? [])]
  const cidrs = peers.flatMap(({ ipBlock }) => ipBlock?.cidr ?? [])
  return [
    ...(ingress?.length && !policyTypes?.includes('Ingress') ? ['its Ingress rules are not in policyTypes'] : []),
    ...(egress?.length && !policyTypes?.includes('Egress') ? ['its Egress rules are not in policyTypes'] : []),
    ...cidrs.filter(cidr => !isNetwork(cidr)).map(cidr => `${cidr} is no network`),
  ]
}

function workloadFaults(workload: Workload, policies: INetworkPolicy[]): string[] {
  const own = policies.filter(({ spec }) => matches((spec?.podSelector ?? {}) as Selector, workload.labels))
  const from = own.flatMap(({ spec }) => (spec?.ingress ?? []).flatMap(rule => rule.from ?? []))
  const missing = mustComeIn.filter(stranger => !from.some(peer => isOf(peer, stranger)))
  const toNames = own.flatMap(({ spec }) => spec?.egress ?? []).filter(({ to }) => to?.some(peer => isOf(peer, names)))
  const answers = toNames.flatMap(({ ports }) => ports ?? [])
  return [
    ...(workload.kind === 'Deployment' ? missing : []).map(({ name }) => `nothing lets in ${name}`),
    ...['UDP', 'TCP']
      .filter(wanted => !answers.some(({ port, protocol = 'TCP' }) => port === 53 && protocol === wanted))
      .map(protocol => `nothing lets it out to port 53 by ${protocol} of ${names.name}`),
  ].map(fault => `${place(workload)}: ${fault}`)
}

function isOf({ namespaceSelector, podSelector }: INetworkPolicyPeer, { namespace, labels }: Stranger): boolean {
  if (!namespaceSelector) return false
  const isThere = matches(namespaceSelector as Selector, { 'kubernetes.io/metadata.name': namespace })
  return isThere && matches((podSelector ?? {}) as Selector, labels)
}

/** IPv4 with its prefix, and no bit beyond that. */
function isNetwork(cidr: string): boolean {
  const [, address = '', prefix] = /^([\d.]+)\/(\d{1,2})$/.exec(cidr) ?? []
  if (!isIPv4(address) || Number(prefix) > 32) return false
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return number % 2 ** (32 - Number(prefix)) === 0
}
