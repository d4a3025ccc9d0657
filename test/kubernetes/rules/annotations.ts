// The Ingress is somebody's, matches by beginnings, and has only annotations that ingress-nginx reads: it passes over others.
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1'
import { type Manifest, ofKind, type Rule } from '../manifests.ts'

/** Of those with one right value, all are needed. */
const allowed: Record<string, RegExp> = {
  'nginx.ingress.kubernetes.io/proxy-read-timeout': /^\d+$/,
  'nginx.ingress.kubernetes.io/proxy-send-timeout': /^\d+$/,
  'nginx.ingress.kubernetes.io/proxy-body-size': /^\d+[km]$/,
  'nginx.ingress.kubernetes.io/proxy-request-buffering': /^off$/,
  'nginx.ingress.kubernetes.io/ssl-redirect': /^true$/,
}

export const annotationsAreRead: Rule = manifests =>
  ofKind<IIngress>(manifests, 'Ingress').flatMap(ingress =>
    faultsOf(ingress).map(fault => `Ingress ${ingress.metadata.name}: ${fault}`),
  )

function faultsOf({ metadata, spec }: IIngress & Manifest): string[] {
  const notes = metadata.annotations ?? {}
  const paths = (spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? [])
  return [
    ...(spec?.ingressClassName ? [] : ['no controller is named (ingressClassName)']),
    ...paths
      .filter(({ pathType }) => pathType !== 'Prefix')
      .map(({ path, pathType }) => `${path} is matched as ${pathType}, not by its beginning`),
    ...Object.keys(notes)
      .filter(name => !(name in allowed))
      .map(name => `nobody reads ${name}`),
    ...Object.entries(allowed)
      .filter(([name, value]) => !value.test(notes[name] ?? ''))
      .map(([name]) => `${name} may not be ${notes[name]}`),
  ]
}
