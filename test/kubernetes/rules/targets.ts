// Every Deployment is kept in number and in disruptions, by an autoscaler and a budget that name what exists.
import type { IDeployment } from 'kubernetes-models/apps/v1'
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { type Labels, type Manifest, named, ofKind, type Rule } from '../manifests.ts'
import { matches, type Selector } from './selectors.ts'

const fewest = 2

export const targetsExist: Rule = manifests => {
  const scalers = ofKind<IHorizontalPodAutoscaler>(manifests, 'HorizontalPodAutoscaler')
  const deployments = ofKind<IDeployment>(manifests, 'Deployment')
  return [
    ...scalers.flatMap(scaler => scalerFaults(manifests, scaler)),
    ...deployments.flatMap(deployment => deploymentFaults(manifests, deployment, scalers)),
  ]
}

function scalerFaults(manifests: Manifest[], { metadata, spec }: IHorizontalPodAutoscaler & Manifest): string[] {
  const by = `HorizontalPodAutoscaler ${metadata.name}`
  const { kind = '', name, apiVersion } = spec?.scaleTargetRef ?? {}
  const target = named(manifests, kind, name)
  const { minReplicas = 1, maxReplicas = 0 } = spec ?? {}
  return [
    ...(target?.apiVersion === apiVersion ? [] : [`${by}: there is no ${apiVersion} ${kind} ${name}`]),
    ...((minReplicas ?? 1) >= fewest ? [] : [`${by}: fewer than ${fewest} replicas are allowed`]),
    ...(maxReplicas > (minReplicas ?? 1) ? [] : [`${by}: it cannot scale out`]),
  ]
}

function deploymentFaults(
  manifests: Manifest[],
  { metadata: { name }, spec }: IDeployment & Manifest,
  scalers: IHorizontalPodAutoscaler[],
): string[] {
  const labels = (spec?.template.metadata?.labels ?? {}) as Labels
  const isScaled = scalers.some(({ spec }) => spec?.scaleTargetRef.name === name)
  const budgets = ofKind<IPodDisruptionBudget>(manifests, 'PodDisruptionBudget')
  const isBudgeted = budgets.some(({ spec }) => matches((spec?.selector ?? {}) as Selector, labels))
  return [
    ...(isScaled ? [] : [`Deployment ${name}: no HorizontalPodAutoscaler keeps its replicas`]),
    ...(isBudgeted ? [] : [`Deployment ${name}: no PodDisruptionBudget covers it`]),
    ...((spec?.replicas ?? fewest) >= fewest ? [] : [`Deployment ${name}: fewer than ${fewest} replicas`]),
  ]
}
