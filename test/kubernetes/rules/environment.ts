// What a container is handed as its environment is what its service reads, and starts with.
import { type Environment, loadConfig } from '@goftegu/runtime'
import type { IConfigMap, IContainer, ISecret } from 'kubernetes-models/v1'
import { schemas } from '../../../scripts/settings-table.ts'
import { containersOf, type Manifest, named, place, type Rule, workloadsOf } from '../manifests.ts'

/** Which settings a container reads: those of the command that it runs. */
const commandOf: Record<string, string> = { api: 'api', gateway: 'gateway', migrate: 'migrate', schema: 'migrate' }
/** Read by Node itself. */
const nodes = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS']
/** Where an overlay's settings lie, whichever service reads each; a hash is behind it. */
const forAll = 'goftegu-settings'
/** Never written in a manifest. */
const secrets = /^(DATABASE_URL|REDIS_URL)$|SECRET|PASSWORD|ACCESS_KEY/

/** Whether a setting belongs into the Secret. */
export function isSecret(name: string): boolean {
  return secrets.test(name)
}

/** The rule; `example` is the Secret that an operator fills in, of which every key asked for must be there. */
export function environmentIsRead(example: ISecret): Rule {
  return async manifests => {
    const known = new Map(await schemas())
    const isOfAny = (name: string) => [...known.values()].some(({ properties }) => name in properties)
    return workloadsOf(manifests).flatMap(workload =>
      containersOf(workload).flatMap(container => {
        const schema = known.get(commandOf[container.name] ?? '')
        if (!schema) return [`${place(workload, container)}: nobody knows what it reads`]
        const { env, shared, faults } = environmentOf(container, manifests, example)
        const isRead = (name: string) => name in schema.properties || (shared.has(name) && isOfAny(name))
        const unknown = Object.keys(env)
          .filter(name => !isRead(name) && !nodes.includes(name))
          .map(name => `${name} is no setting of this service`)
        return [...faults, ...unknown, ...configFaults(schema, env)].map(
          fault => `${place(workload, container)}: ${fault}`,
        )
      }),
    )
  }
}

/**
 * What the container's process would find, with the example's values for secrets; of ConfigMaps that name the same, the
 * last one says it. `shared` are the names that the ConfigMap for all services gives.
 */
export function environmentOf({ envFrom, env: own }: IContainer, manifests: Manifest[], example: ISecret) {
  const env: Record<string, string> = {}
  const faults: string[] = []
  const shared = new Set<string>()
  for (const { configMapRef, secretRef } of envFrom ?? []) {
    const source = named<IConfigMap>(manifests, 'ConfigMap', configMapRef?.name)
    if (!source) faults.push(`there is no ConfigMap ${configMapRef?.name ?? `(but a Secret ${secretRef?.name})`}`)
    Object.assign(env, source?.data)
    if (configMapRef?.name?.startsWith(forAll)) for (const name of Object.keys(source?.data ?? {})) shared.add(name)
  }
  for (const { name, value, valueFrom } of own ?? []) {
    const { name: secret, key = '', optional = false } = valueFrom?.secretKeyRef ?? {}
    const isThere = secret === example.metadata?.name && example.stringData?.[key] !== undefined
    if (optional && !isThere) continue
    if (valueFrom && !isThere) faults.push(`${name}: the example Secret has no ${secret}/${key}`)
    if (isSecret(name) && !valueFrom) faults.push(`${name} is a secret and belongs into one`)
    env[name] = value ?? example.stringData?.[key] ?? ''
  }
  return { env, shared, faults }
}

type Schema = NonNullable<Awaited<ReturnType<typeof schemas>>[number]>[1]

/** What the service itself says of it at its start. */
function configFaults(schema: Schema, env: Environment): string[] {
  try {
    loadConfig(schema as Parameters<typeof loadConfig>[0], env)
    return []
  } catch (error) {
    return [error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error)]
  }
}
