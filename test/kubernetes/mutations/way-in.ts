// Faults on the way from a client to the right pod.
import { type Mutation, note, row } from '../mutation.ts'

const way = 'spec/rules/0/http/paths/0'

export const wayInMutations: Mutation[] = [
  row(
    'the other’s pods',
    'Service gateway',
    'spec/selector/app.kubernetes.io~1component',
    'api',
    /Service gateway: it selects Deployment api/,
  ),
  row(
    'everybody’s pods',
    'Service api',
    'spec/selector',
    { 'app.kubernetes.io/name': 'goftegu' },
    /api: it selects .*gateway/,
  ),
  row('sticky by address', 'Service gateway', 'spec/sessionAffinity', 'ClientIP', /Service gateway: .*not be sticky/),
  row('one path alone', 'Ingress goftegu', `${way}/pathType`, 'Exact', /\/ws\/ is matched as Exact/),
  row('nobody’s Ingress', 'Ingress goftegu', 'spec/ingressClassName', undefined, /no controller is named/),
  row('a misspelt annotation', 'Ingress goftegu', `${note}proxy-request-bufering`, 'off', /nobody reads .*bufering/),
  row('a misspelt value', 'Ingress goftegu', `${note}proxy-request-buffering`, 'of', /buffering may not be of/),
  row('no way to TLS', 'Ingress goftegu', `${note}ssl-redirect`, 'false', /ssl-redirect may not be false/),
  row(
    'buffered uploads',
    'Ingress goftegu',
    `${note}proxy-request-buffering`,
    undefined,
    /buffering may not be undefined/,
  ),
  row('a unit too many', 'Ingress goftegu', `${note}proxy-send-timeout`, '120s', /proxy-send-timeout may not be 120s/),
]
