// Autoscalers follow what is measured, and budgets let pods go, one bound each.
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { knownMetrics } from '../../../scripts/metrics-table.ts'
import { type Manifest, ofKind, type Rule } from '../manifests.ts'

export const scalersMeasure: Rule = manifests => [
  ...ofKind<IHorizontalPodAutoscaler>(manifests, 'HorizontalPodAutoscaler').flatMap(scalerFaults),
  ...ofKind<IPodDisruptionBudget>(manifests, 'PodDisruptionBudget').flatMap(budgetFaults),
]

function scalerFaults({ metadata, spec }: IHorizontalPodAutoscaler & Manifest): string[] {
  const by = `HorizontalPodAutoscaler ${metadata.name}`
  const measured = ['cpu', 'memory', ...knownMetrics().map(({ name }) => name)]
  const names = (spec?.metrics ?? []).map(({ resource, pods }) => resource?.name ?? pods?.metric.name ?? 'no metric')
  if (names.length === 0) return [`${by}: it scales by nothing`]
  return names
    .filter(name => !measured.includes(name))
    .map(name => `${by}: it scales by ${name}, which nobody measures`)
}

function budgetFaults({ metadata, spec }: IPodDisruptionBudget & Manifest): string[] {
  const { minAvailable, maxUnavailable } = spec ?? {}
  const by = `PodDisruptionBudget ${metadata.name}`
  const bounds = [minAvailable, maxUnavailable].filter(bound => bound !== undefined)
  return [
    ...(bounds.length === 1 ? [] : [`${by}: it needs exactly one of minAvailable and maxUnavailable`]),
    ...(/^0+%?$/.test(String(maxUnavailable)) || minAvailable === '100%' ? [`${by}: it lets no pod go`] : []),
  ]
}
