// A store that speaks the part of S3 that blobs use, as strictly as Amazon documents it.
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Cleanup } from './cleanup.ts'
import { config } from './config.ts'

type S3Credentials = { accessKeyId: string; secretAccessKey: string }

const region = 'us-east-1'
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

/**
 * Starts one with an empty bucket `attachments`, ended after the test: `blobs` is what the setting BLOBS says to use it.
 * It is an emulation; `TEST_S3` runs the suite of blobs against a real one.
 */
export async function startS3(t: Cleanup) {
  const credentials: S3Credentials = { accessKeyId: 'the-key', secretAccessKey: 'the-secret' }
  const objects = new Map<string, { bytes: Buffer; storedAt: Date }>()
  const server = createServer(async (request, response) => {
    try {
      const body = await buffer(request)
      checkSignature(request, body, credentials)
      answer(request, response, body, objects)
    } catch (error) {
      const { status, code } = error instanceof Refused ? error : { status: 500, code: `InternalError: ${error}` }
      response.writeHead(status).end(`<Error><Code>${code}</Code><Message>No.</Message></Error>`)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { endpoint, credentials, blobs: `s3://attachments?endpoint=${endpoint}` }
}

function answer(
  { method, url = '', headers }: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  objects: Map<string, { bytes: Buffer; storedAt: Date }>,
): void {
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const [, bucket, key = ''] = pathname.split('/')
  if (bucket !== 'attachments') throw new Refused(404, 'NoSuchBucket')
  if (method === 'GET' && key === '') return void response.end(pageOf(objects, searchParams))
  if (method === 'PUT') {
    if (headers['content-length'] === undefined) throw new Refused(411, 'MissingContentLength')
    objects.set(key, { bytes: body, storedAt: new Date() })
    return void response.end()
  }
  if (method === 'DELETE') {
    objects.delete(key)
    return void response.writeHead(204).end()
  }
  const object = objects.get(key)
  if (!object) throw new Refused(404, 'NoSuchKey')
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '')
  if (!range) return void response.end(object.bytes)
  const [start, end] = [Number(range[1]), Number(range[2])]
  if (start >= object.bytes.length) throw new Refused(416, 'InvalidRange')
  response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${object.bytes.length}` })
  response.end(object.bytes.subarray(start, end + 1))
}

/** ListObjectsV2; the token needs its encoding both in XML and in a URL, as Amazon's may. */
function pageOf(objects: Map<string, { storedAt: Date }>, query: URLSearchParams): string {
  if (query.get('list-type') !== '2') throw new Refused(400, 'InvalidArgument')
  const most = Math.min(Number(query.get('max-keys') ?? 1_000), 1_000)
  const after = query.get('continuation-token')?.replace(/^a&b <\+\/=/, '') ?? ''
  const left = [...objects].filter(([key]) => key > after).sort(([a], [b]) => (a < b ? -1 : 1))
  const page = left.slice(0, most)
  const next = left.length > most ? `a&amp;b &lt;+/=${page.at(-1)?.[0]}` : undefined
  const contents = page.map(([key, { storedAt }]) => {
    return `<Contents><Key>${key}</Key><LastModified>${storedAt.toISOString()}</LastModified></Contents>`
  })
  const token = next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
  return `<ListBucketResult><Name>attachments</Name>${contents.join('\n')}${token}</ListBucketResult>`
}

/** Signature version 4 (docs.aws.amazon.com, "Authenticating Requests: Using the Authorization Header"). */
function checkSignature({ method, url = '', headers }: IncomingMessage, body: Buffer, known: S3Credentials): void {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w{64})$/
  const [, keyId, day = '', place, signedHeaders = '', signature] = form.exec(headers.authorization ?? '') ?? []
  if (keyId !== known.accessKeyId) throw new Refused(403, 'InvalidAccessKeyId')
  const date = String(headers['x-amz-date'])
  if (place !== region || !date.startsWith(day)) throw new Refused(400, 'AuthorizationHeaderMalformed')
  if (headers['x-amz-content-sha256'] !== sha256(body)) throw new Refused(400, 'XAmzContentSHA256Mismatch')
  const names = signedHeaders.split(';')
  for (const name of Object.keys(headers)) {
    if ((name === 'host' || name.startsWith('x-amz-')) && !names.includes(name)) throw new Refused(403, 'AccessDenied')
  }
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort()
  const canonical = [method, pathname, query.join('&')]
    .concat(names.map(name => `${name}:${String(headers[name]).trim()}`))
    .concat(['', signedHeaders, sha256(body)])
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${place}/s3/aws4_request`, sha256(canonical.join('\n'))].join('\n')
  const key = [region, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${known.secretAccessKey}`, day))
  if (hmac(key, toSign).toString('hex') !== signature) throw new Refused(403, 'SignatureDoesNotMatch')
}

/** The store that `TEST_S3` names, or undefined. */
export const realS3 = config.s3
