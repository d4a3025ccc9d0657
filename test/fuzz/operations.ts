// The calls of the API, as its own OpenAPI document describes them.
import assert from 'node:assert/strict'
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
/** So much of JSON Schema as the document uses. */
export type Schema = { type?: string; properties?: Record<string, Schema>; enum?: Json[]; anyOf?: Schema[] }
type Content = { content?: Record<string, { schema?: Schema }> }
type Described = {
  parameters?: { in: string; name: string }[]
  requestBody?: Content
  responses: Record<string, Content>
}
type Document = { paths: Record<string, Record<string, Described>>; components: { schemas: Record<string, Json> } }

export type Operation = {
  method: string
  /** `/api/messages/{id}/` */
  path: string
  pattern: RegExp
  query: string[]
  /** Of a JSON body. */
  body: Schema | undefined
  takesFile: boolean
  /** Of each documented success; undefined for one without a JSON body. */
  answers: Map<number, Validator | undefined>
}

/** Asks the server at `url` what it can. */
export async function readOperations(url: string): Promise<Operation[]> {
  const response = await fetch(`${url}/api/openapi.json`)
  assert.equal(response.status, 200)
  const document = (await response.json()) as Document
  const { paths, components } = document
  const whole = inlined(paths as Json, components.schemas) as Document['paths']
  return Object.entries(whole).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, described]) => operationOf(method.toUpperCase(), path, described)),
  )
}

function operationOf(method: string, path: string, described: Described): Operation {
  const content = described.requestBody?.content ?? {}
  const answers = Object.entries(described.responses).filter(([status]) => /^2\d\d$/.test(status))
  return {
    method,
    path,
    pattern: new RegExp(`^${path.replace(/\/$/, '').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
    query: (described.parameters ?? []).filter(each => each.in === 'query').map(({ name }) => name),
    body: content['application/json']?.schema,
    takesFile: 'multipart/form-data' in content,
    answers: new Map(
      answers.map(([status, { content }]) => {
        const schema = content?.['application/json']?.schema
        return [Number(status), schema && schema.type !== 'null' ? Compile(schema as TSchema) : undefined]
      }),
    ),
  }
}

/** References replaced by what they stand for; no resource holds itself. */
function inlined(node: Json, schemas: Record<string, Json>): Json {
  if (node === null || typeof node !== 'object') return node
  if (Array.isArray(node)) return node.map(item => inlined(item, schemas))
  const name = typeof node.$ref === 'string' ? /^#\/components\/schemas\/(\w+)$/.exec(node.$ref)?.[1] : undefined
  if (name !== undefined) return inlined(schemas[name]!, schemas)
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, inlined(value, schemas)]))
}
