// A server is told where to listen, which is where its container is asked, and what only the installation knows.
import type { IConfigMap, IContainer } from 'kubernetes-models/v1'
import { type Manifest, named, place, type Rule, workloadsOf } from '../manifests.ts'

/** A service would start without these, and do the wrong thing. */
const given = ['HOST', 'PORT', 'PUBLIC_URL', 'TRUSTED_PROXIES']

export const serversListen: Rule = manifests =>
  workloadsOf(manifests)
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap(workload =>
      workload.pod.containers.flatMap(container =>
        faultsOf(container, manifests).map(fault => `${place(workload, container)}: ${fault}`),
      ),
    )

function faultsOf(container: IContainer, manifests: Manifest[]): string[] {
  const settings = settingsOf(container, manifests)
  const { HOST = '', PORT = '' } = settings
  const ports = (container.ports ?? []).map(({ containerPort }) => containerPort)
  return [
    ...given.filter(name => !settings[name]).map(name => `${name} is not given`),
    ...(['0.0.0.0', '::'].includes(HOST) ? [] : [`at ${HOST} nobody reaches it`]),
    ...(ports.includes(Number(PORT)) ? [] : [`it listens on ${PORT}, its container has the port ${ports}`]),
  ]
}

/** What its ConfigMaps and its own list say in the open; the last one wins. */
export function settingsOf({ envFrom, env }: IContainer, manifests: Manifest[]): Record<string, string> {
  const maps = (envFrom ?? []).map(
    ({ configMapRef }) => named<IConfigMap>(manifests, 'ConfigMap', configMapRef?.name)?.data,
  )
  const own = (env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))
  return Object.assign({}, ...maps, Object.fromEntries(own))
}
