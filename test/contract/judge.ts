// Judges what a server really sent by the fixed contract: fields missing, of another type, or unknown.
import { additions, type FieldType, fixedServerEvents, fixedShapes, type Shape } from './fixed-contract.ts'

/** What is wrong with `value` as a resource like `Message`, one sentence each. */
export function faultsOf(type: FieldType, value: unknown, path = type): string[] {
  const list = /^(.*)\[\]$/.exec(type)?.[1]
  if (list) return Array.isArray(value) ? value.flatMap((item, i) => faultsOf(list, item, `${path}[${i}]`)) : [wrong()]
  const nullable = /^(.*) or null$/.exec(type)?.[1]
  if (nullable) return value === null ? [] : faultsOf(nullable, value, path)
  const shape = fixedShapes[type]
  if (shape) return faultsOfFields(shape, additions[type], value, path)
  return isOf(type, value) ? [] : [wrong()]

  function wrong(): string {
    return `${path} is ${JSON.stringify(value)}, not ${type}`
  }
}

/** The same for an event of the server. */
export function faultsOfEvent(type: string, event: unknown): string[] {
  return faultsOfFields(fixedServerEvents[type]!, ['type', ...(additions[type] ?? [])], event, type)
}

function faultsOfFields(shape: Shape, added: readonly string[] = [], value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} is ${JSON.stringify(value)}, not an object`]
  const fields: Record<string, unknown> = { ...value }
  const unknown = Object.keys(fields).filter(name => !(name in shape) && !added.includes(name))
  return [
    ...unknown.map(name => `${path}.${name} is unknown`),
    ...Object.entries(shape).flatMap(([name, type]) =>
      name in fields ? faultsOf(type, fields[name], `${path}.${name}`) : [`${path}.${name} is missing`],
    ),
  ]
}

function isOf(type: FieldType, value: unknown): boolean {
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'boolean') return typeof value === 'boolean'
  if (typeof value !== 'string') return false
  if (type === 'time')
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value))
  if (type === 'url') return URL.canParse(value)
  return type === 'string'
}
