// Faults in what a pod is: its volumes, its settings, its probes, its place.
import { type Mutation, pod, row, server } from '../mutation.ts'

const mounts = `${server}/volumeMounts`
const ready = `${server}/readinessProbe/httpGet/path`
const live = `${server}/livenessProbe/httpGet/path`
const spread = `${pod}/topologySpreadConstraints/1/topologyKey`

export const podMutations: Mutation[] = [
  row(
    'a mount without a volume',
    'Deployment api',
    `${mounts}/0/name`,
    'tpm',
    /api: it mounts tpm, which is no volume/,
  ),
  row('nowhere to write', 'Deployment gateway', mounts, [], /gateway: nothing is mounted at \/tmp/),
  row('a small /tmp', 'Deployment api', `${pod}/volumes/0/emptyDir/sizeLimit`, '64Mi', /tmp holds 6 uploads/),
  row('a /tmp in memory', 'Deployment api', `${pod}/volumes/0/emptyDir/medium`, 'Memory', /tmp lies in memory/),
  row('another port', 'ConfigMap goftegu-settings', 'data/PORT', '8081', /it listens on 8081, its container.* 8080/),
  row('no port', 'ConfigMap goftegu-settings', 'data/PORT', undefined, /PORT is not given/),
  row('loopback', 'ConfigMap goftegu-settings', 'data/HOST', '127.0.0.1', /at 127.0.0.1 nobody reaches it/),
  row('no HOST', 'ConfigMap goftegu-settings', 'data/HOST', undefined, /HOST is not given/),
  row('no public address', 'ConfigMap goftegu-settings', 'data/PUBLIC_URL', undefined, /PUBLIC_URL is not given/),
  row('no proxies', 'ConfigMap goftegu-settings', 'data/TRUSTED_PROXIES', undefined, /TRUSTED_PROXIES is not given/),
  row('readiness by health', 'Deployment api', ready, '/healthz', /readinessProbe asks \/healthz, not \/readyz/),
  row('liveness by readiness', 'Deployment gateway', live, '/readyz', /livenessProbe asks \/readyz, not \/healthz/),
  row(
    'the node’s network',
    'Deployment gateway',
    `${pod}/hostNetwork`,
    true,
    /gateway: it shares its node’s hostNetwork/,
  ),
  row('the node’s processes', 'Deployment api', `${pod}/hostPID`, true, /api: it shares its node’s hostPID/),
  row(
    'a topology of no node',
    'Deployment api',
    spread,
    'kubernetes.io/host',
    /no node has the label kubernetes.io\/host$/,
  ),
  row(
    'a standard that does not exist',
    'Namespace goftegu',
    'metadata/labels/pod-security.kubernetes.io~1enforce',
    'restrictd',
    /pod-security.* is restrictd/,
  ),
  row(
    'no standard',
    'Namespace goftegu',
    'metadata/labels/pod-security.kubernetes.io~1enforce',
    undefined,
    /pod-security.* is undefined/,
  ),
]
