// docs/protocol.md says what the code does: samples, close codes, numbers, and its own clauses.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as protocol from '@goftegu/protocol'
import type { TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { blocksOf, proseOf, readDocument } from './documents/markdown.ts'

const page = readDocument('docs/protocol.md')
const prose = proseOf(page)

const { clientEvents, serverEvents, socketFrames } = protocol
const schemas = new Map<string, TObject>([
  ...Object.entries(protocol).flatMap(([name, exported]) =>
    isObjectSchema(exported) ? [[name, exported] as const] : [],
  ),
  ...Object.entries({ ...clientEvents, ...serverEvents, ...socketFrames }),
])

function isObjectSchema(value: unknown): value is TObject {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'object'
}

/** What is wrong with a sample; a field that the schema does not name is, though a server ignores those of a client. */
function faultsOf(schema: TObject, sample: unknown): string[] {
  const strict = Compile({ ...schema, additionalProperties: false })
  return strict.Errors(sample).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

const samples = blocksOf(page)
  .filter(({ language }) => language === 'json')
  .map(({ name, text }) => ({ name, sample: JSON.parse(text) as Record<string, unknown> }))

test('every sample is what its schema says, with no field too many or too few', () => {
  for (const { name, sample } of samples) {
    const schema = schemas.get(name)
    assert.ok(schema, `no schema has the name ${name}`)
    assert.deepEqual(faultsOf(schema, sample), [], name)
  }
})

test('every field of every schema is shown', () => {
  for (const [name, schema] of schemas) {
    const shown = samples.filter(each => each.name === name).flatMap(({ sample }) => Object.keys(sample))
    assert.deepEqual([...new Set(shown)].sort(), Object.keys(schema.properties).sort(), name)
  }
})

test('a field that is missing, unknown or of another type is noticed', () => {
  for (const { name, sample } of samples) {
    const schema = schemas.get(name)!
    assert.notDeepEqual(faultsOf(schema, { ...sample, surprise: 1 }), [], `${name}, a field too many`)
    for (const field of schema.required ?? []) {
      const { [field]: _, ...rest } = sample
      assert.notDeepEqual(faultsOf(schema, rest), [], `${name} without ${field}`)
      assert.notDeepEqual(faultsOf(schema, { ...sample, [field]: { an: 'object' } }), [], `${name} with odd ${field}`)
    }
  }
})

test('the table of close codes is the code’s', () => {
  const codes = new Set<number>(Object.values(protocol.closeCodes))
  const documented = [...page.matchAll(/^\| (\d{4}) \|/gm)].map(([, code]) => Number(code))
  assert.deepEqual(documented, [...codes])
  const mentioned = [...prose.matchAll(/\b(1\d{3}|4\d{3})\b/g)].map(([, code]) => Number(code))
  assert.deepEqual(
    mentioned.filter(code => !codes.has(code)),
    [],
  )
})

test('the errors that are named exist, with the status that is named beside them', () => {
  const beside = [...prose.matchAll(/\b(4\d\d|503) `(\w+)`/g)]
  assert.ok(beside.length > 5)
  for (const [text, status, code = ''] of beside) {
    const entry = Object.entries(protocol.errorTable).find(([name]) => name === code)?.[1]
    assert.equal(entry?.status, Number(status), text)
  }
})

test('clauses are numbered without a gap or a repeat, and every reference finds one', () => {
  const sections = [...page.matchAll(/^## (\d+)\. /gm)].map(([, section]) => Number(section))
  assert.deepEqual(sections, numbersTo(sections.length))
  const clauses = [...page.matchAll(/^(?:\| )?(\d+)\.(\d+)\.? /gm)].map(([, section, clause]) =>
    [section, clause].map(Number),
  )
  assert.ok(clauses.length > 40)
  for (const section of new Set(clauses.map(([section]) => section))) {
    const own = clauses.filter(clause => clause[0] === section).map(clause => clause[1])
    assert.deepEqual(own, numbersTo(own.length), `clauses of section ${section}`)
  }
  const known = new Set(clauses.map(clause => clause.join('.')))
  const references = [...prose.matchAll(/(?<![\d.])\d{1,2}\.\d{1,2}(?![\d.]*\d)/g)].map(([reference]) => reference)
  assert.deepEqual(
    references.filter(reference => !known.has(reference)),
    [],
  )
})

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

const {
  floodFrames,
  floodWindowMs,
  frameBurst,
  framesPerSecond,
  heartbeatSeconds,
  maxAttachmentBytes,
  maxClientIdCodePoints,
  maxContentCodePoints,
  maxFrameBytes,
  maxFrameFragments,
  maxPageSize,
  maxPasswordCodePoints,
  maxReplayChanges,
  maxSearchResults,
  maxUnreadCount,
  maxUsernameCodePoints,
  minPasswordCodePoints,
  pageSize,
  pongDeadlineSeconds,
  typingTimeoutMs,
} = protocol

/** Sentences of the document with numbers in them, and what the code has for those. */
const sentences: [RegExp, ...number[]][] = [
  [/frames? over (\d+) KiB/g, maxFrameBytes / 1024],
  [/more than (\d+) fragments/g, maxFrameFragments],
  [/content` is stored .*?: (\d+) to ([\d,]+) code points/g, 1, maxContentCodePoints],
  [/\*\*client_id\*\* \((\d+) to (\d+) code points/g, 1, maxClientIdCodePoints],
  [/At most (\d+) MiB/g, maxAttachmentBytes / 1024 / 1024],
  [/newest first, (\d+) a page \(`limit` 1\.\.(\d+)\)/g, pageSize, maxPageSize],
  [/more than ([\d,]+) changes behind/g, maxReplayChanges],
  [/`heartbeat` seconds \((\d+)\)/g, heartbeatSeconds],
  [/hears nothing for (\d+) more/g, pongDeadlineSeconds],
  [/ends by itself after (\d+) seconds/g, typingTimeoutMs / 1000],
  [/`unread_count` counts .*?, to (\d+)\./g, maxUnreadCount],
  [/results": User\[\]\}`, at most (\d+)/g, maxSearchResults],
  [/Usernames have 1 to (\d+) characters/g, maxUsernameCodePoints],
  [/passwords have (\d+) to (\d+)/g, minPasswordCodePoints, maxPasswordCodePoints],
  [/may send (\d+) frames a second, (\d+) at once/g, framesPerSecond, frameBurst],
  [/after (\d+) of them within (\d+) seconds/g, floodFrames, floodWindowMs / 1000],
]

test('the numbers in its sentences are those of limits.ts', () => {
  for (const [sentence, ...numbers] of sentences) {
    const found = [...prose.matchAll(sentence)].map(([, ...said]) => said.map(text => Number(text.replace(',', ''))))
    assert.notEqual(found.length, 0, `the document does not say ${sentence.source}`)
    for (const said of found) assert.deepEqual(said, numbers, sentence.source)
  }
  const extensions = /((?:\.\w+ ){5,}\.\w+)/.exec(prose)?.[1]?.split(' ')
  assert.deepEqual(
    extensions,
    protocol.attachmentExtensions.map(extension => `.${extension}`),
  )
})
