// What a container is handed as its environment is what its service reads, and starts with.
import { type Environment, loadConfig } from '@goftegu/runtime'
import type { IConfigMap, IContainer, ISecret } from 'kubernetes-models/v1'
import { schemas } from '../../../scripts/settings-table.ts'
import { containersOf, type Manifest, named, place, type Rule, workloadsOf } from '../manifests.ts'

/** Which settings a container reads: those of the command that it runs. */
const commandOf: Record<string, string> = { api: 'api', gateway: 'gateway', migrate: 'migrate', schema: 'migrate' }
/** Read by Node itself. */
const nodes = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS']
/** Never written in a manifest. */
const secrets = /^(DATABASE_URL|REDIS_URL)$|SECRET|PASSWORD|ACCESS_KEY/

/** The rule; `example` is the Secret that an operator fills in, of which every key asked for must be there. */
export function environmentIsRead(example: ISecret): Rule {
  return async manifests => {
    const known = new Map(await schemas())
    return workloadsOf(manifests).flatMap(workload =>
      containersOf(workload).flatMap(container => {
        const schema = known.get(commandOf[container.name] ?? '')
        if (!schema) return [`${place(workload, container)}: nobody knows what it reads`]
        const { env, faults } = environmentOf(container, manifests, example)
        const unknown = Object.keys(env)
          .filter(name => !(name in schema.properties) && !nodes.includes(name))
          .map(name => `${name} is no setting of this service`)
        return [...faults, ...unknown, ...configFaults(schema, env)].map(
          fault => `${place(workload, container)}: ${fault}`,
        )
      }),
    )
  }
}

/** What the container's process would find, with the example's values for secrets. */
function environmentOf({ envFrom, env: own }: IContainer, manifests: Manifest[], example: ISecret) {
  const env: Record<string, string> = {}
  const faults: string[] = []
  for (const { configMapRef, secretRef } of envFrom ?? []) {
    const source = named<IConfigMap>(manifests, 'ConfigMap', configMapRef?.name)
    if (!source) faults.push(`there is no ConfigMap ${configMapRef?.name ?? `(but a Secret ${secretRef?.name})`}`)
    Object.assign(env, source?.data)
  }
  for (const { name, value, valueFrom } of own ?? []) {
    const { name: secret, key = '' } = valueFrom?.secretKeyRef ?? {}
    const isThere = secret === example.metadata?.name && example.stringData?.[key] !== undefined
    if (valueFrom && !isThere) faults.push(`${name}: the example Secret has no ${secret}/${key}`)
    if (secrets.test(name) && !valueFrom) faults.push(`${name} is a secret and belongs into one`)
    env[name] = value ?? example.stringData?.[key] ?? ''
  }
  return { env, faults }
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
