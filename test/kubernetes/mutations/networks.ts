// Faults in who reaches whom: policies that look right and let nobody through.
import { type Mutation, row } from '../mutation.ts'

const about = 'spec/podSelector/matchExpressions/0/values'
const peer = 'spec/ingress/0/from/0'
const database = 'NetworkPolicy goftegu-to-postgresql'
const block = 'spec/egress/0/to/0/ipBlock/cidr'

export const networkMutations: Mutation[] = [
  row(
    'sockets stay outside',
    'NetworkPolicy goftegu-from-ing',
    about,
    ['api'],
    /gateway: nothing lets in ingress-nginx/,
  ),
  row('unmeasured', 'NetworkPolicy goftegu-from-prom', 'spec/ingress', [], /api: nothing lets in prometheus/),
  row(
    'a namespace of nobody',
    'NetworkPolicy goftegu-from-ing',
    `${peer}/namespaceSelector/matchLabels/kubernetes.io~1metadata.name`,
    'ingres-nginx',
    /api: nothing lets in ingress-nginx/,
  ),
  row(
    'a pod of nobody',
    'NetworkPolicy goftegu-from-prom',
    `${peer}/podSelector/matchLabels/app.kubernetes.io~1name`,
    'promtheus',
    /gateway: nothing lets in prometheus/,
  ),
  row(
    'in, not out',
    database,
    'spec/policyTypes',
    ['Ingress'],
    /to-postgresql: its Egress rules are not in policyTypes/,
  ),
  row('no network', database, block, '10.20.0.0/240', /to-postgresql: 10.20.0.0\/240 is no network/),
  row('an address that is none', database, block, '10.20.0/24', /10.20.0\/24 is no network/),
  row('bits beyond the network', database, block, '10.20.0.7/24', /10.20.0.7\/24 is no network/),
  row('Redis by UDP', 'NetworkPolicy goftegu-to-redis', 'spec/egress/0/ports/0/protocol', 'UDP', /out to port 6379/),
  row('no Redis for gateways', 'NetworkPolicy goftegu-to-redis', about, ['api'], /gateway: no .* out to port 6379/),
  row('names by TCP alone', 'NetworkPolicy goftegu-to-dns', 'spec/egress/0/ports/0/protocol', 'TCP', /port 53 by UDP/),
  row(
    'names of nobody',
    'NetworkPolicy goftegu-to-dns',
    'spec/egress/0/to/0/podSelector/matchLabels/k8s-app',
    'kube-dn',
    /port 53 by UDP of kube-dns/,
  ),
]
