// Hostile requests, made of what the API says that it takes; the same for the same seed and number.
import { oneOf, type Random, randomOf } from '../replicas/random.ts'
import { brokenRequests } from './broken-http.ts'
import { hostileObject, hostileText, hostileValue, mutated, wholeTexts } from './hostile.ts'
import type { Operation, Schema } from './operations.ts'

export type Hostile = {
  /** For whoever reads a finding. */
  what: string
  method: string
  /** As it stands in the request line. */
  target: string
  bytes: Buffer
  /** What it says that the server could store. */
  body: Buffer
}

/** What is really there. */
export type World = { tokens: readonly string[]; ids: readonly number[] }

type Body = { bytes: Buffer; type: string }

/** One request in so many breaks HTTP itself; a short run gets through all of them. */
const brokenEvery = 8
const boundary = 'bbbb'
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const mediaTypes = ['text/plain', 'application/xml', 'x', 'application/json; charset=utf-16', 'multipart/form-data', '']
const strangeHeaders = [
  'Origin: https://evil.example',
  'Origin: null',
  'Sec-Fetch-Site: cross-site',
  'Cookie: sessionid=%00; sessionid=%ff; __proto__=1',
  'Range: bytes=-1--1,5-2,99999999999999999999-',
  'If-Modified-Since: yesterday',
  'Accept: nothing/at-all;q=9',
  'Content-Encoding: gzip',
  'X-Forwarded-For: 127.0.0.1, %00',
  'X-HTTP-Method-Override: DELETE',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings',
  'Expect: the impossible',
  'traceparent: 00-0-0-zz',
]

/** Request `number` of the run that has this seed. */
export function requestOf(seed: number, number: number, operations: readonly Operation[], world: World): Hostile {
  const random = randomOf(seed, `request ${number}`)
  if (number % brokenEvery === 0) return brokenRequest(random, number / brokenEvery, world)
  const operation = operations[number % operations.length]!
  const method =
    random() < 0.05 ? oneOf(random, ['OPTIONS', 'TRACE', 'DELETE', 'PUT', 'HEAD', 'PURGE']) : operation.method
  const target = pathOf(random, operation, world) + queryOf(random, operation)
  const body = bodyOf(random, operation, world)
  const headers = headersOf(random, body, world)
  const head = Buffer.from(`${[`${method} ${target} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`, 'latin1')
  const what = `${method} ${target.slice(0, 150)} with ${JSON.stringify(body?.bytes.toString('latin1', 0, 200) ?? '')}`
  return {
    what,
    method,
    target,
    bytes: Buffer.concat([head, body?.bytes ?? Buffer.alloc(0)]),
    body: body?.bytes ?? Buffer.alloc(0),
  }
}

function brokenRequest(random: Random, turn: number, { tokens, ids }: World): Hostile {
  const [what, text] = brokenRequests[turn % brokenRequests.length]!
  const bytes = Buffer.from(
    text.replaceAll('TOKEN', oneOf(random, tokens)).replaceAll('ID', String(oneOf(random, ids))),
    'latin1',
  )
  const [method = '', target = ''] = bytes.toString('latin1').split(' ', 2)
  return { what, method, target, bytes, body: Buffer.alloc(0) }
}

function pathOf(random: Random, { path }: Operation, { ids }: World): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (random() < 0.25) return encodeURIComponent(hostileText(random).slice(0, 3_000).toWellFormed())
    if (name === 'name')
      return oneOf(random, ['a.png', 'a%00.png', '..%2f..%2fetc%2fpasswd', 'سلام.png'].map(encodeURI))
    return String(random() < 0.8 ? oneOf(random, ids) : oneOf(random, [0, -1, 2 ** 53 - 1, 2 ** 53, 1.5, 1e21]))
  })
  return random() < 0.1 ? filled.replace(/\/$/, '') : filled
}

function queryOf(random: Random, { query }: Operation): string {
  const names = query.filter(() => random() < 0.7)
  if (random() < 0.1) names.push(...names, '__proto__')
  if (names.length === 0) return ''
  const text = () => (random() < 0.4 ? String(Math.floor(random() * 120)) : hostileText(random).slice(0, 2_000))
  return `?${names.map(name => `${name}=${encodeURIComponent(text().toWellFormed())}`).join('&')}`
}

function bodyOf(random: Random, operation: Operation, world: World): Body | undefined {
  if (operation.takesFile) return fileBody(random)
  if (!operation.body?.properties) return random() < 0.1 ? jsonBody(hostileValue(random)) : undefined
  const members = membersOf(random, operation.body, world)
  const valid = `{${Object.entries(members)
    .map(([name, value]) => `"${name}":${value}`)
    .join()}}`
  const kind = random()
  if (kind < 0.25) return jsonBody(valid)
  if (kind < 0.65) return jsonBody(hostileObject(random, members))
  if (kind < 0.8) return { bytes: mutated(random, Buffer.from(valid)), type: 'application/json' }
  if (kind < 0.95) return jsonBody(oneOf(random, wholeTexts))
  return { bytes: Buffer.from(valid), type: oneOf(random, mediaTypes) }
}

function jsonBody(text: string): Body {
  return { bytes: Buffer.from(text), type: 'application/json' }
}

/** A valid value for each property, as JSON text; some of the properties missing. */
function membersOf(random: Random, { properties = {} }: Schema, { ids }: World): Record<string, string> {
  const kept = Object.entries(properties).filter(() => random() < 0.8)
  return Object.fromEntries(kept.map(([name, schema]) => [name, memberOf(random, schema, ids)]))
}

function memberOf(random: Random, { type, anyOf }: Schema, ids: readonly number[]): string {
  if (anyOf) return memberOf(random, oneOf(random, anyOf), ids)
  if (type === 'integer') return String(oneOf(random, ids))
  if (type === 'boolean') return String(random() < 0.5)
  if (type === 'null') return 'null'
  return JSON.stringify(random() < 0.3 ? hostileText(random) : `text ${random()}`)
}

function fileBody(random: Random): Body {
  const disposition = oneOf(random, [
    'form-data; name="file"; filename="a.png"',
    'form-data; name="file"; filename="../../a.png"',
    `form-data; name="file"; filename="${'a'.repeat(400)}.png"`,
    'form-data; name="__proto__"; filename="a.png"',
    'form-data; name="file"',
    'form-data',
    '',
  ])
  const content = Buffer.concat([png, Buffer.alloc(Math.floor(random() * 2_000), 1)])
  const head = `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: image/png\r\n\r\n`
  const whole = Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${boundary}--\r\n`)])
  const type = `multipart/form-data; boundary=${boundary}`
  const kind = random()
  if (kind < 0.5) return { bytes: whole, type }
  if (kind < 0.8) return { bytes: mutated(random, whole), type }
  return oneOf(random, [
    { bytes: Buffer.alloc(0), type },
    { bytes: whole, type: 'multipart/form-data' },
    { bytes: whole, type: 'multipart/form-data; boundary=' },
    { bytes: whole, type: 'application/json' },
    { bytes: Buffer.concat(Array(50).fill(whole)), type },
  ])
}

function headersOf(random: Random, body: Body | undefined, { tokens }: World): string[] {
  const login =
    random() < 0.9
      ? `Authorization: Bearer ${oneOf(random, tokens)}`
      : `Authorization: ${oneOf(random, ['Bearer x', 'Basic eDp4', 'Bearer', '\xff'])}`
  return [
    'Host: x',
    'Connection: close',
    ...(random() < 0.95 ? [login] : []),
    ...(body ? [`Content-Length: ${body.bytes.length}`] : []),
    ...(body?.type ? [`Content-Type: ${body.type}`] : []),
    ...(random() < 0.15 ? [oneOf(random, strangeHeaders)] : []),
  ]
}
