// Faults in how pods are replaced, kept and counted.
import { type Mutation, pod, row } from '../mutation.ts'

const metric = 'spec/metrics/0/resource'

export const rolloutMutations: Mutation[] = [
  row(
    'two gateways drain at once',
    'Deployment gateway',
    'spec/minReadySeconds',
    5,
    /minReadySeconds is 5, draining .* 45/,
  ),
  row(
    'a longer drain',
    'ConfigMap goftegu-gateway',
    'data/DRAIN_SECONDS',
    '45',
    /minReadySeconds is 45, draining .* 55/,
  ),
  row('all at once', 'Deployment api', 'spec/strategy', { type: 'Recreate' }, /api: pods are not replaced one by one/),
  row(
    'two at once',
    'Deployment gateway',
    'spec/strategy/rollingUpdate/maxSurge',
    2,
    /gateway: pods are not replaced one/,
  ),
  row(
    'one less meanwhile',
    'Deployment gateway',
    'spec/strategy/rollingUpdate/maxUnavailable',
    1,
    /gateway: pods are not replaced one/,
  ),
  row('no wait for the schema', 'Deployment api', `${pod}/initContainers`, undefined, /api: no init container awaits/),
  row(
    'a wait for something else',
    'Deployment gateway',
    `${pod}/initContainers/0/command/1`,
    'dist/migrate.js',
    /gateway: no init container awaits/,
  ),
  row('a resource that is not measured', 'HorizontalPodAutoscaler api', `${metric}/name`, 'cpuu', /scales by cpuu/),
  row('nothing to scale by', 'HorizontalPodAutoscaler gateway', 'spec/metrics', [], /gateway: it scales by nothing/),
  row('no disruption at all', 'PodDisruptionBudget api', 'spec/maxUnavailable', 0, /api: it lets no pod go/),
  row('no disruption, in %', 'PodDisruptionBudget api', 'spec/maxUnavailable', '0%', /api: it lets no pod go/),
  row('two bounds', 'PodDisruptionBudget gateway', 'spec/minAvailable', 1, /gateway: .*exactly one of/),
  row('no bound', 'PodDisruptionBudget gateway', 'spec/maxUnavailable', undefined, /gateway: .*exactly one of/),
]
