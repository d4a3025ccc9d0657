// Finishes the generated description: named resources, errors, and what schemas of validation cannot say.
import { STATUS_CODES } from 'node:http'
import { Attachment, Conversation, ErrorBody, EventUser, Message, MessagePage, User } from '@goftegu/protocol'

/** The largest first: within a page stand messages, within those users. */
const resources = { MessagePage, Conversation, Message, Attachment, EventUser, User, Error: ErrorBody }
const names = new Map(Object.entries(resources).map(([name, schema]) => [JSON.stringify(schema), name]))
const errorAnswer = {
  description: 'A refusal: docs/errors.md lists every code.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
}
const uploadBody = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['file'],
        properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' } },
      },
    },
  },
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Responses = Record<string, { description: string }>
type Operation = { responses?: Responses }
type Document = { paths?: Record<string, object | undefined>; components?: object }

/** The whole document; `generated` is left as it is. */
export function finishDocument(generated: Document, publicUrl: string) {
  const paths = Object.entries(generated.paths ?? {}).map(([path, operations]) => [
    // The router's wildcard is a name here, as every path of OpenAPI is made of names.
    path.replace('{*}', '{name}'),
    Object.fromEntries(
      Object.entries(operations ?? {}).map(([method, operation]) => [method, finishOperation(path, operation)]),
    ),
  ])
  const schemas = Object.entries(resources).map(([name, schema]) => [name, named(toJson(schema), name)])
  return {
    ...generated,
    servers: [{ url: publicUrl }],
    paths: Object.fromEntries(paths),
    components: { ...generated.components, schemas: Object.fromEntries(schemas) },
  }
}

function finishOperation(path: string, operation: Operation): Json {
  const responses = Object.entries(operation.responses ?? {}).map(([status, response]) => {
    return [status, { ...response, description: STATUS_CODES[status] ?? status }]
  })
  const described = {
    ...operation,
    ...(path.endsWith('/attachments/') && { requestBody: uploadBody }),
    responses: { ...Object.fromEntries(responses), default: errorAnswer },
  }
  return named(toJson(described))
}

/** A plain copy: TypeBox keeps more on its schemas than JSON shows. */
function toJson(value: object): Json {
  return JSON.parse(JSON.stringify(value))
}

/**
 * Puts a reference where a resource stands (but not in its own definition), and opens closed objects: the contract may
 * add fields, and a client that is generated from this must go on working.
 */
function named(node: Json, except?: string): Json {
  if (node === null || typeof node !== 'object') return node
  if (Array.isArray(node)) return node.map(item => named(item))
  const name = names.get(JSON.stringify(node))
  if (name !== undefined && name !== except) return { $ref: `#/components/schemas/${name}` }
  if (node.in === 'path' && node.name === '*') return named({ ...node, name: 'name' })
  const entries = Object.entries(node).filter(([key, value]) => key !== 'additionalProperties' || value !== false)
  return Object.fromEntries(entries.map(([key, value]) => [key, named(value)]))
}
