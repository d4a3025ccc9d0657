// Blobs in a bucket of Amazon S3, or of anything that speaks its protocol.
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Blobs, type ByteRange, checkBlobKey, isBlobKey, type StoredBlob } from './blobs.ts'
import type { S3Place } from './s3-place.ts'
import { S3Connection, type S3Credentials, S3Refusal } from './s3-request.ts'
import { spooled } from './spool.ts'

export type S3Blobs = Blobs & {
  /** Lists one object. Throws S3Refusal where keys or bucket are wrong, ChatError `unavailable` where S3 is away. */
  check(): Promise<void>
  /** Ends its idle connections. */
  close(): void
}

export type S3Options = {
  place: S3Place
  credentials: S3Credentials
  /** How long it may say nothing before it counts as away; 5 s. */
  silenceMs?: number
  /** Objects on one page of a listing, 1,000 at most. */
  pageSize?: number
}

/**
 * Blobs as objects, named by their keys. An upload is taken in on this machine's disk first and then sent as one PUT with
 * its length and hash, which every such store understands and which it keeps whole or not at all: there are no unfinished
 * uploads to sweep, memory stays small, and a slow sender holds no connection. Decision 19.
 */
export function createS3Blobs({ place, credentials, silenceMs, pageSize = 1_000 }: S3Options): S3Blobs {
  const s3 = new S3Connection(place, credentials, { silenceMs })
  return {
    put: (key, source) => put(s3, key, source),
    get: (key, range) => get(s3, key, range),
    remove: key => remove(s3, key),
    list: () => list(s3, pageSize),
    removeUnfinished: async () => 0,
    check: async () => void (await readPage(s3, { 'max-keys': '1' })),
    close: () => s3.close(),
  }
}

async function put(s3: S3Connection, key: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  checkBlobKey(key)
  return spooled(source, async body => {
    const response = await s3.send({ method: 'PUT', key, body })
    await text(response)
    return body.byteSize
  })
}

async function get(s3: S3Connection, key: string, range?: ByteRange): Promise<Readable | null> {
  checkBlobKey(key)
  const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {}
  try {
    const response = await s3.send({ method: 'GET', key, headers })
    if (response.statusCode === (range ? 206 : 200)) return response
    response.destroy()
    throw new S3Refusal(response.statusCode ?? 0, 'to a request for a range')
  } catch (error) {
    if (error instanceof S3Refusal && error.code === 'NoSuchKey') return null
    throw error
  }
}

/** S3 answers 204 for an object that is not there. */
async function remove(s3: S3Connection, key: string): Promise<void> {
  checkBlobKey(key)
  await text(await s3.send({ method: 'DELETE', key }))
}

async function* list(s3: S3Connection, pageSize: number): AsyncGenerator<StoredBlob> {
  for (let token: string | undefined; ; ) {
    const from: Record<string, string> = token === undefined ? {} : { 'continuation-token': token }
    const page = await readPage(s3, { 'max-keys': String(pageSize), ...from })
    for (const [, object = ''] of page.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      const key = textOf(object, 'Key') ?? ''
      const stored_at = new Date(textOf(object, 'LastModified') ?? '')
      if (isBlobKey(key)) yield { key, stored_at }
    }
    token = textOf(page, 'NextContinuationToken')
    if (token === undefined) return
  }
}

async function readPage(s3: S3Connection, query: Record<string, string>): Promise<string> {
  return text(await s3.send({ method: 'GET', query: { 'list-type': '2', ...query } }))
}

/** The text of an element that stands there once. Not a parser: no name that matters here needs one. */
function textOf(xml: string, element: string): string | undefined {
  const found = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]
  return found
    ?.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(lt|gt|quot|apos));/gi, (_, hex, decimal, name) =>
      name
        ? { lt: '<', gt: '>', quot: '"', apos: "'" }[name as string]!
        : String.fromCodePoint(parseInt(hex ?? decimal, hex ? 16 : 10)),
    )
    .replaceAll('&amp;', '&')
}
