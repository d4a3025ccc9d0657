// Whoever names a port names one that is there: Services, probes, policies, and the Ingress' backends.
import type { IIngress, INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import type { IContainer, IService } from 'kubernetes-models/v1'
import {
  containersOf,
  type Labels,
  type Manifest,
  named,
  ofKind,
  place,
  type Rule,
  type Workload,
  workloadsOf,
} from '../manifests.ts'
import { matches, type Selector } from './selectors.ts'

export const portsExist: Rule = manifests => [
  ...servicePorts(manifests),
  ...probePorts(manifests),
  ...policyPorts(manifests),
  ...backends(manifests),
]

function servicePorts(manifests: Manifest[]): string[] {
  return ofKind<IService>(manifests, 'Service').flatMap(({ metadata, spec }) => {
    const pods = selected(manifests, { matchLabels: spec?.selector as Labels })
    return (spec?.ports ?? [])
      .map(({ port, targetPort = port }) => targetPort)
      .filter(port => !pods.every(pod => containersOf(pod).some(container => hasPort(container, port))))
      .map(port => `Service ${metadata.name}: no container of its pods has the port ${port}`)
  })
}

function probePorts(manifests: Manifest[]): string[] {
  return workloadsOf(manifests).flatMap(workload =>
    containersOf(workload).flatMap(container =>
      [container.startupProbe, container.readinessProbe, container.livenessProbe]
        .flatMap(probe => probe?.httpGet ?? [])
        .filter(({ port }) => !hasPort(container, port))
        .map(({ port }) => `${place(workload, container)}: a probe asks port ${port}, which it does not have`),
    ),
  )
}

function policyPorts(manifests: Manifest[]): string[] {
  return ofKind<INetworkPolicy>(manifests, 'NetworkPolicy').flatMap(({ metadata, spec }) => {
    const containers = selected(manifests, spec?.podSelector as Selector).map(containersOf)
    return (spec?.ingress ?? [])
      .flatMap(rule => rule.ports ?? [])
      .filter(({ port }) => !containers.every(own => own.some(container => hasPort(container, port))))
      .map(({ port }) => `NetworkPolicy ${metadata.name}: not all of its pods have the port ${port}`)
  })
}

function backends(manifests: Manifest[]): string[] {
  return ofKind<IIngress>(manifests, 'Ingress').flatMap(({ metadata, spec }) =>
    (spec?.rules ?? [])
      .flatMap(rule => rule.http?.paths ?? [])
      .filter(({ backend: { service } }) => {
        const ports = named<IService>(manifests, 'Service', service?.name)?.spec?.ports ?? []
        return !ports.some(({ name, port }) => service?.port?.name === name || service?.port?.number === port)
      })
      .map(({ path }) => `Ingress ${metadata.name}: ${path} leads to a Service or a port that is not there`),
  )
}

function selected(manifests: Manifest[], selector: Selector): Workload[] {
  return workloadsOf(manifests).filter(({ labels }) => matches(selector, labels))
}

function hasPort({ ports }: IContainer, wanted: number | string | undefined): boolean {
  return (ports ?? []).some(({ name, containerPort }) => wanted === name || wanted === containerPort)
}
