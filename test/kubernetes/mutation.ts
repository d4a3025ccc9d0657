// A fault that somebody could make in one field of a manifest, and how it is made.
import type { Manifest } from './manifests.ts'

export type Mutation = {
  fault: string
  /** Kind and beginning of the name: `ConfigMap goftegu-gateway` has a hash behind it. */
  of: string
  /** Where in the object; `/` parts, because labels have dots. */
  at: string
  /** What is written there; undefined takes the field away. */
  to: unknown
  expected: RegExp
}

export const pod = 'spec/template/spec'
export const server = `${pod}/containers/0`
export const note = 'metadata/annotations/nginx.ingress.kubernetes.io~1'

export function row(fault: string, of: string, at: string, to: unknown, expected: RegExp): Mutation {
  return { fault, of, at, to, expected }
}

/**
 * The same objects with that one fault.
 * @throws Error where the path leads nowhere: a fault that is not made cannot be found
 */
export function mutated(manifests: Manifest[], { of, at, to }: Mutation): Manifest[] {
  const changed = structuredClone(manifests)
  const object = changed.find(({ kind, metadata }) => `${kind} ${metadata.name}`.startsWith(of))
  const path = at.split('/').map(part => part.replaceAll('~1', '/'))
  const last = path.pop()!
  let parent: unknown = object
  for (const part of path) parent = (parent as Record<string, unknown> | undefined)?.[part]
  if (typeof parent !== 'object' || parent === null) throw new Error(`${of} has no ${at}`)
  const fields = parent as Record<string, unknown>
  if (to === undefined) delete fields[last]
  else fields[last] = to
  return changed
}
