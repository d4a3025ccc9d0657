// Every object is what Kubernetes' own API description says of its kind, and has no field that it does not say.
import type { Manifest, Rule } from '../manifests.ts'

type ValidationError = { instancePath: string; message?: string; keyword: string; params: unknown }
type Validate = { (data: unknown): boolean; errors?: ValidationError[] | null }

/** Which fields of an object were asked for, by object. */
type Read = Map<object, Set<string>>

export const fitsSchema: Rule = async manifests => {
  const faults = await Promise.all(manifests.map(faultsOf))
  return faults.flat()
}

async function faultsOf(manifest: Manifest): Promise<string[]> {
  const name = `${manifest.kind} ${manifest.metadata.name}`
  const validate = await validatorOf(manifest)
  if (!validate) return [`${name}: Kubernetes has no ${manifest.apiVersion} ${manifest.kind}`]
  const read: Read = new Map()
  const isValid = validate(watched(manifest, read))
  const wrong = isValid ? [] : (validate.errors ?? []).map(error => `${error.instancePath}: ${describe(error)}`)
  const unknown = unreadFields(manifest, read, '').map(path => `${path}: Kubernetes knows no such field`)
  return [...wrong, ...unknown].map(fault => `${name}${fault}`)
}

function describe({ keyword, params, message }: ValidationError): string {
  return message ?? `${keyword} ${JSON.stringify(params)}`
}

/** kubernetes-models compiles one validator for each kind: `networking.k8s.io/v1` has `IoK8sApiNetworkingV1Ingress`. */
async function validatorOf({ apiVersion, kind }: Manifest): Promise<Validate | undefined> {
  const [version = '', group = 'core'] = apiVersion.split('/').reverse()
  const name = ['Io', 'K8s', 'Api', group.split('.')[0]!, version, kind].map(capitalised).join('')
  return import(`kubernetes-models/_schemas/${name}`).then(
    ({ validate }) => validate,
    () => undefined,
  )
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/**
 * The validators let unknown fields pass, but they look at every field that they know, by its name, and at all fields
 * of a map like `labels`. So what is never looked at is unknown. The same value, noting what is looked at:
 */
function watched<T>(value: T, read: Read): T {
  if (typeof value !== 'object' || value === null) return value
  const seen = read.get(value) ?? new Set()
  read.set(value, seen)
  return new Proxy(value, {
    get(target, key, receiver) {
      if (typeof key === 'string') seen.add(key)
      return watched(Reflect.get(target, key, receiver), read)
    },
  })
}

/** Paths of the fields that nobody asked for, not those below them. */
function unreadFields(value: unknown, read: Read, path: string): string[] {
  if (typeof value !== 'object' || value === null) return []
  const seen = read.get(value)
  return Object.entries(value).flatMap(([key, child]) => {
    const at = `${path}/${key}`
    return seen?.has(key) ? unreadFields(child, read, at) : [at]
  })
}
