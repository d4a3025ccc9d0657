// The schemas still have every field of the fixed contract; what was added is additive.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as protocol from '@goftegu/protocol'
import type { TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import {
  additions,
  type FieldType,
  fixedBodies,
  fixedClientEvents,
  fixedServerEvents,
  fixedShapes,
  type Shape,
  sampleOf,
} from './contract/fixed-contract.ts'

const { Attachment, Conversation, ErrorBody, EventUser, Message, MessagePage, User, clientEvents, serverEvents } =
  protocol
const schemas: Record<string, TObject> = {
  ...{ Attachment, Conversation, ErrorBody, EventUser, Message, MessagePage, User },
  NewMessage: serverEvents.new_message.properties.message,
  EditedMessage: serverEvents.message_edited.properties.message,
  ...clientEvents,
  ...serverEvents,
  PostMessage: protocol.PostMessage,
  EditMessage: protocol.EditMessage,
}

type JsonSchema = { type?: string; const?: unknown; pattern?: string; anyOf?: JsonSchema[]; items?: JsonSchema }

/** The schema in the words of the fixed contract. */
function typeOf(schema: JsonSchema): FieldType {
  const named = Object.keys(fixedShapes).find(name => JSON.stringify(schemas[name]) === JSON.stringify(schema))
  if (named) return named
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.type === 'array') return `${typeOf(schema.items!)}[]`
  if (schema.pattern === (protocol.Timestamp as JsonSchema).pattern) return 'time'
  return schema.type ?? 'anything'
}

/** A URL is a string to a schema. */
const asSchema = (type: FieldType) => type.replace(/^url/, 'string')

test('what the server sends has every fixed field, always and with its type', () => {
  for (const [name, shape] of Object.entries({ ...fixedShapes, ...fixedServerEvents })) {
    const { properties } = schemas[name]!
    const required: readonly string[] = schemas[name]!.required ?? []
    for (const [field, type] of Object.entries(shape)) {
      assert.ok(required.includes(field), `${name}.${field} may be missing`)
      assert.equal(typeOf(properties[field] as JsonSchema), asSchema(type), `${name}.${field}`)
    }
  }
})

test('what was added to it is known, and stands beside the fixed fields', () => {
  for (const [name, shape] of Object.entries({ ...fixedShapes, ...fixedServerEvents })) {
    const fixed = [...Object.keys(shape), ...(name in fixedServerEvents ? ['type'] : [])]
    const added = Object.keys(schemas[name]!.properties).filter(field => !fixed.includes(field))
    assert.deepEqual(added, additions[name] ?? [], name)
  }
})

const said: [string, Shape, object][] = [
  ...Object.entries(fixedClientEvents).map(([type, shape]): [string, Shape, object] => [type, shape, { type }]),
  ...Object.entries(fixedBodies).map(([name, shape]): [string, Shape, object] => [name, shape, {}]),
]

test('what a client of the fixed contract sends is accepted, and each of its fields is looked at', () => {
  for (const [name, shape, head] of said) {
    const schema = Compile(schemas[name]!)
    const sample = { ...head, ...sampleOf(shape) }
    assert.ok(schema.Check(sample), name)
    assert.ok(schema.Check({ ...sample, of_a_newer_client: 1 }), `${name} with an unknown field`)
    for (const field of Object.keys(shape)) {
      assert.equal(schema.Check({ ...sample, [field]: { an: 'object' } }), false, `${name} with odd ${field}`)
      if (isOneOfTwo(name, field)) continue
      const { [field]: _, ...rest } = sample as Record<string, unknown>
      assert.equal(schema.Check(rest), false, `${name} without ${field}`)
    }
  }
})

/** `recipient_id` may give way to `conversation_id`; the route says so where both are missing. */
function isOneOfTwo(name: string, field: string): boolean {
  return name === 'PostMessage' && field === 'recipient_id'
}
