// `.env.example` names every variable of every service, with its default, and no other.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const repository = new URL('../../../', import.meta.url)

test('.env.example and the services know the same variables and defaults', async () => {
  const known: Record<string, string> = {}
  for (const schema of await schemas()) {
    for (const [name, property] of Object.entries(schema)) known[name] = textOf(property.default)
  }
  // One service has another default for these, which their lines say.
  known.LOG_LEVEL = 'info'
  known.BLOBS = 'postgres'
  assert.deepEqual(exampleVariables(), known)
})

type Properties = Record<string, { default?: unknown }>

/** Each `config.ts` exports its schemas; whatever else it exports has no properties. */
async function schemas(): Promise<Properties[]> {
  const files = readdirSync(new URL('services', repository))
    .map(name => new URL(`services/${name}/src/config.ts`, repository))
    .filter(file => existsSync(file))
  assert.notEqual(files.length, 0)
  const modules: { properties?: Properties }[][] = await Promise.all(
    files.map(async file => Object.values((await import(file.href)) as Record<string, { properties?: Properties }>)),
  )
  return modules.flat().flatMap(({ properties }) => (properties ? [properties] : []))
}

function exampleVariables(): Record<string, string> {
  const text = readFileSync(new URL('.env.example', repository), 'utf8')
  const variables = [...text.matchAll(/^# ([A-Z][A-Z_]*)=(.*)$/gm)].map(([, name, value]) => [name, value])
  const named = variables.map(([name]) => name)
  assert.deepEqual(named, [...new Set(named)], 'each variable once')
  return Object.fromEntries(variables)
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value ?? '')
}
