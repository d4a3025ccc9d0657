// The way in leads sockets to the gateways, keeps them open between heartbeats, and lets the largest upload through.
import { heartbeatSeconds, maxAttachmentBytes } from '@goftegu/protocol'
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1'
import { ofKind, type Rule } from '../manifests.ts'

const prefix = 'nginx.ingress.kubernetes.io/'
/** Of the form around a file: its boundary, names and fields. */
const formBytes = 64 * 1024
const publicPaths = { '/ws/': 'gateway', '/api/': 'api' }

export const ingressFits: Rule = manifests =>
  ofKind<IIngress>(manifests, 'Ingress').flatMap(({ metadata, spec }) => {
    const note = (name: string) => metadata.annotations?.[prefix + name] ?? ''
    const rules = spec?.rules ?? []
    const paths = rules.map(rule =>
      Object.fromEntries(rule.http?.paths.map(({ path, backend }) => [path, backend.service?.name]) ?? []),
    )
    const secured = (spec?.tls ?? []).flatMap(({ hosts, secretName }) => (secretName ? (hosts ?? []) : []))
    const faults = [
      ...['proxy-read-timeout', 'proxy-send-timeout']
        .filter(name => !(Number(note(name)) >= 2 * heartbeatSeconds))
        .map(name => `${name} is not two heartbeats long`),
      ...(bytes(note('proxy-body-size')) >= maxAttachmentBytes + formBytes ? [] : ['proxy-body-size is too small']),
      ...(note('affinity') === '' ? [] : ['sessions need not be sticky']),
      ...paths
        .filter(found => JSON.stringify(Object.entries(found).sort()) !== wanted)
        .map(found => `its paths are ${JSON.stringify(found)}`),
      ...rules.filter(({ host }) => !host || !secured.includes(host)).map(({ host }) => `${host} has no certificate`),
    ]
    return faults.map(fault => `Ingress ${metadata.name}: ${fault}`)
  })

const wanted = JSON.stringify(Object.entries(publicPaths).sort())

function bytes(size: string): number {
  const [, number, unit] = /^(\d+)([km]?)$/i.exec(size) ?? []
  return Number(number ?? 0) * { '': 1, k: 1024, m: 1024 ** 2 }[unit?.toLowerCase() as '' | 'k' | 'm']
}
