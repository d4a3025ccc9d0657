// Pods are replaced one by one, wait for their schema, and lie apart on labels that nodes have.
import type { IDeployment } from 'kubernetes-models/apps/v1'
import { type Manifest, ofKind, type Rule } from '../manifests.ts'

/** Well-known labels that every cloud's nodes have. */
const topologies = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']

export const podsAreReplacedInTurn: Rule = manifests =>
  ofKind<IDeployment>(manifests, 'Deployment').flatMap(deployment =>
    faultsOf(deployment).map(fault => `Deployment ${deployment.metadata.name}: ${fault}`),
  )

function faultsOf({ spec }: IDeployment & Manifest): string[] {
  const { type, rollingUpdate: { maxSurge, maxUnavailable } = {} } = spec?.strategy ?? {}
  const { initContainers, topologySpreadConstraints } = spec?.template.spec ?? {}
  const isInTurn = type === 'RollingUpdate' && maxSurge === 1 && maxUnavailable === 0
  const isAwaiting = initContainers?.some(({ command }) => command?.join(' ') === 'node dist/await-schema.js')
  return [
    ...(isInTurn ? [] : ['pods are not replaced one by one, the new one first']),
    ...(isAwaiting ? [] : ['no init container awaits the schema']),
    ...(topologySpreadConstraints ?? [])
      .filter(({ topologyKey }) => !topologies.includes(topologyKey))
      .map(({ topologyKey }) => `no node has the label ${topologyKey}`),
  ]
}
