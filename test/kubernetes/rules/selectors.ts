// Whoever selects pods selects some: a selector that matches nothing is no error to Kubernetes.
import type { IDeployment } from 'kubernetes-models/apps/v1'
import type { INetworkPolicy, INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1'
import type { IService } from 'kubernetes-models/v1'
import { type Labels, type Manifest, ofKind, place, type Rule, workloadsOf } from '../manifests.ts'

/** What `metav1.LabelSelector` says, as far as it is written here. */
export type Selector = {
  matchLabels?: Record<string, string> | null
  matchExpressions?: { key: string; operator: string; values?: string[] | null }[] | null
}

type Selecting = { by: string; selector: Selector; among: Labels[] }

export const selectorsMatch: Rule = manifests => {
  const pods = workloadsOf(manifests)
  const all = pods.map(({ labels }) => labels)
  const services = ofKind<IService>(manifests, 'Service').map(({ metadata, spec }) => ({
    by: `Service ${metadata.name}`,
    selector: { matchLabels: spec?.selector as Labels },
    among: all,
  }))
  const budgets = ofKind<IPodDisruptionBudget>(manifests, 'PodDisruptionBudget').map(({ metadata, spec }) => ({
    by: `PodDisruptionBudget ${metadata.name}`,
    selector: (spec?.selector ?? {}) as Selector,
    among: all,
  }))
  const spreads = pods.flatMap(workload =>
    (workload.pod.topologySpreadConstraints ?? []).map(({ labelSelector, topologyKey }) => ({
      by: `${place(workload)}, spread over ${topologyKey}`,
      selector: (labelSelector ?? {}) as Selector,
      among: [workload.labels],
    })),
  )
  return [...services, ...budgets, ...spreads, ...deployments(manifests), ...policies(manifests, all)].flatMap(faultOf)
}

function faultOf({ by, selector, among }: Selecting): string[] {
  return among.some(labels => matches(selector, labels)) ? [] : [`${by}: its selector matches no pod`]
}

function deployments(manifests: Manifest[]): Selecting[] {
  return ofKind<IDeployment>(manifests, 'Deployment').map(({ metadata, spec }) => ({
    by: `Deployment ${metadata.name}`,
    selector: spec?.selector as Selector,
    among: [(spec?.template.metadata?.labels ?? {}) as Labels],
  }))
}

/** The pods that a policy is about, and the peers that it looks for in its own namespace. */
function policies(manifests: Manifest[], pods: Labels[]): Selecting[] {
  return ofKind<INetworkPolicy>(manifests, 'NetworkPolicy').flatMap(({ metadata, spec }) => {
    const by = `NetworkPolicy ${metadata.name}`
    const from = (spec?.ingress ?? []).flatMap(rule => rule.from ?? [])
    const to = (spec?.egress ?? []).flatMap(rule => rule.to ?? [])
    const isOurs = (peer: INetworkPolicyPeer) => peer.podSelector && !peer.namespaceSelector
    const peers = [...from, ...to].filter(isOurs).map(peer => peer.podSelector)
    return [spec?.podSelector, ...peers].map(selector => ({ by, selector: (selector ?? {}) as Selector, among: pods }))
  })
}

/** As Kubernetes does: everything said must hold; an empty selector matches all. */
export function matches({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean {
  const equal = Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return equal && (matchExpressions ?? []).every(expression => holds(expression, labels))
}

function holds({ key, operator, values }: NonNullable<Selector['matchExpressions']>[number], labels: Labels): boolean {
  const value = labels[key]
  if (operator === 'Exists') return value !== undefined
  if (operator === 'DoesNotExist') return value === undefined
  const isListed = value !== undefined && (values ?? []).includes(value)
  return operator === 'In' ? isListed : !isListed
}
