// Reads a service's settings from its environment, whole and once.
import type { Static, TObject, TProperties, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { StartError } from './start-error.ts'

/** What a process is handed as its environment; tests hand a plain object. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The settings are wrong. Its message names every variable at fault, and never shows a value: it may be a secret. */
export class ConfigError extends StartError {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(['These environment variables need another value:', ...faults.map(fault => `  ${fault}`)].join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/**
 * Reads and validates all settings of a service; the answer is frozen.
 *
 * The schema's property names are the variables' names. A variable that is absent or empty takes the schema's default.
 * Integers are decimal digits, booleans `true` or `false`, arrays comma-separated.
 * Throws ConfigError with one line for each variable at fault.
 */
export function loadConfig<Properties extends TProperties>(
  schema: TObject<Properties>,
  env: Environment,
): Readonly<Static<TObject<Properties>>> {
  const values: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema.properties)) {
    const value = parse(property, env[name]?.trim())
    if (value !== undefined) values[name] = value
  }
  if (Value.Check(schema, values)) return Object.freeze(values)
  throw new ConfigError(faultsOf(schema, values))
}

function parse(schema: TSchema, text: string | undefined): unknown {
  const { type, default: fallback } = schema as { type?: unknown; default?: unknown }
  if (text === undefined || text === '') return fallback
  if (type === 'integer') return /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (type === 'array') {
    return text
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== '')
  }
  return text
}

function faultsOf(schema: TObject, values: Record<string, unknown>): string[] {
  return Object.entries(schema.properties)
    .filter(([name, property]) => name in values && !Value.Check(property, values[name]))
    .map(([name, property]) => `${name} must be ${expectationOf(property)}`)
    .concat(schema.required?.filter(name => !(name in values)).map(name => `${name} must be set`) ?? [])
}

/** `must` is our own keyword in the fragments of `settings.ts`: the words that finish "PORT must be …". */
function expectationOf(schema: TSchema): string {
  const { must } = schema as { must?: unknown }
  return typeof must === 'string' ? must : JSON.stringify(schema)
}
