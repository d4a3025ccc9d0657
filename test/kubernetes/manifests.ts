// The objects that a kustomization renders to, and how a rule finds those that it is about.
import type { IDeployment } from 'kubernetes-models/apps/v1'
import type { IJob } from 'kubernetes-models/batch/v1'
import type { IContainer, IPodSpec } from 'kubernetes-models/v1'
import { parseAllDocuments } from 'yaml'

export type Labels = Record<string, string>

/** Any object; what else it has is its kind's. */
export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Record<string, string> }
}

/** What runs pods of ours, reduced to its pods. */
export type Workload = {
  kind: string
  name: string
  labels: Labels
  pod: IPodSpec
}

/** Judges all objects of a rendering; answers one line for each fault. */
export type Rule = (manifests: Manifest[]) => string[] | Promise<string[]>

/** @throws Error where the text is not YAML */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map(document => {
    const [error] = document.errors ?? []
    if (error) throw error
    return document.toJS()
  })
}

/** Those of a kind, seen as that kind: `ofKind<IIngress>(manifests, 'Ingress')`. */
export function ofKind<T>(manifests: Manifest[], kind: string): (T & Manifest)[] {
  return manifests.filter(manifest => manifest.kind === kind) as (T & Manifest)[]
}

/** The one of that name, or undefined. */
export function named<T>(manifests: Manifest[], kind: string, name: string | undefined): (T & Manifest) | undefined {
  return ofKind<T>(manifests, kind).find(({ metadata }) => metadata.name === name)
}

export function workloadsOf(manifests: Manifest[]): Workload[] {
  const runners = [...ofKind<IDeployment>(manifests, 'Deployment'), ...ofKind<IJob>(manifests, 'Job')]
  return runners.map(({ kind, metadata, spec }) => ({
    kind,
    name: metadata.name,
    labels: (spec?.template.metadata?.labels ?? {}) as Labels,
    pod: spec?.template.spec ?? { containers: [] },
  }))
}

export function containersOf({ pod }: Workload): IContainer[] {
  return [...(pod.initContainers ?? []), ...pod.containers]
}

/** `Deployment gateway` or `Deployment gateway, container schema`, for people. */
export function place({ kind, name }: Workload, container?: IContainer): string {
  return container ? `${kind} ${name}, container ${container.name}` : `${kind} ${name}`
}
