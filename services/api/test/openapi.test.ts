// The description of the API describes every call of the contract.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './start-api.ts'

/** Contract, sections 2 and 4. */
const calls = [
  'DELETE /api/auth/sessions/{id}/',
  'DELETE /api/messages/{id}/',
  'GET /api/attachments/{id}/{name}',
  'GET /api/auth/me/',
  'GET /api/auth/sessions/',
  'GET /api/conversations/',
  'GET /api/conversations/{id}/',
  'GET /api/conversations/{id}/messages/',
  'GET /api/messages/{id}/',
  'GET /api/users/',
  'HEAD /api/attachments/{id}/{name}',
  'PATCH /api/auth/me/',
  'PATCH /api/messages/{id}/',
  'POST /api/auth/login/',
  'POST /api/auth/logout/',
  'POST /api/auth/password/',
  'POST /api/auth/register/',
  'POST /api/conversations/{id}/messages/{message_id}/attachments/',
  'POST /api/conversations/{id}/read/',
  'POST /api/messages/',
  'PUT /api/messages/{id}/',
]

type Document = {
  openapi: string
  paths: Record<
    string,
    Record<string, { summary?: string; parameters?: { in: string; name: string }[]; requestBody?: object }>
  >
  components: { schemas: Record<string, object> }
}

test('every call is described, with names in place of copies, and open to more fields', async t => {
  const api = await startApi(t)
  const document = (await api.anybody.call('GET', '/api/openapi.json')).body as Document
  assert.equal(document.openapi, '3.1.0')
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(described.sort(), calls)

  for (const [path, operations] of Object.entries(document.paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const [method, operation] of Object.entries(operations)) {
      assert.ok(operation.summary, `${method} ${path} says what it does`)
      const parameters =
        operation.parameters?.filter(parameter => parameter.in === 'path').map(({ name }) => name) ?? []
      assert.deepEqual(parameters.toSorted(), inPath.toSorted(), `${method} ${path}`)
    }
  }

  const text = JSON.stringify(document)
  assert.ok(!text.includes('"additionalProperties":false'), 'fields may be added')
  const references = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? ''))
  for (const name of references) assert.ok(document.components.schemas[name], name)
  assert.ok(references.has('Message') && references.has('Conversation') && references.has('MessagePage'))
  assert.ok(document.paths['/api/conversations/{id}/messages/{message_id}/attachments/']?.post?.requestBody)
})
