// One signed request to an S3-compatible store, with its deadlines, repeats and errors.
import { once } from 'node:events'
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { ChatError } from '@goftegu/protocol'
import { AwsV4Signer } from 'aws4fetch'
import type { S3Place } from './s3-place.ts'

export type S3Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }

export type S3Call = {
  method: 'GET' | 'PUT' | 'DELETE'
  /** An object's name; without one the bucket itself is asked. */
  key?: string
  query?: Record<string, string>
  headers?: Record<string, string>
  /** Read anew for each attempt, so that an upload may be repeated. */
  body?: { byteSize: number; sha256: string; read(): Readable }
}

/** The store answered that it will not: a wrong key or bucket, a clock that is wrong. Its own words are the message. */
export class S3Refusal extends Error {
  readonly status: number
  /** S3's name for it, like `NoSuchKey`; '' where the answer has none. */
  readonly code: string

  constructor(status: number, answer: string) {
    const code = /<Code>([^<]*)<\/Code>/.exec(answer)?.[1] ?? ''
    const message = /<Message>([^<]*)<\/Message>/.exec(answer)?.[1] ?? ''
    super(`S3 answered ${[status, code, message].filter(part => part !== '').join(' ')}`)
    this.name = 'S3Refusal'
    this.status = status
    this.code = code
  }
}

/** Silence for so long, while we wait for the store, means that it is away. */
const silenceMs = 5_000
/** Tries in all, and how long to wait before the second and the third. */
const pausesMs = [100, 400]
const sha256OfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Sends requests to one bucket over connections that it keeps; `close` ends them. */
export class S3Connection {
  readonly #place: S3Place
  readonly #credentials: S3Credentials
  readonly #agent: HttpAgent
  readonly #silenceMs: number

  constructor(place: S3Place, credentials: S3Credentials, options: { silenceMs?: number } = {}) {
    this.#place = place
    this.#credentials = credentials
    this.#agent = new (place.url.protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true })
    this.#silenceMs = options.silenceMs ?? silenceMs
  }

  /**
   * The answer's body, not read yet; a store that is away or too busy is tried three times.
   * Throws ChatError `unavailable` where it stays so, S3Refusal for every other answer that is not 2xx.
   */
  async send(call: S3Call): Promise<IncomingMessage> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#sendOnce(call)
      } catch (cause) {
        if (cause instanceof S3Refusal && cause.status < 500 && cause.status !== 429) throw cause
        const pauseMs = pausesMs[attempt]
        if (pauseMs === undefined || cause instanceof S3Silence) throw storeAway(cause)
        await delay(pauseMs)
      }
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  async #sendOnce(call: S3Call): Promise<IncomingMessage> {
    const request = await this.#open(call)
    endWhenSilent(request, this.#silenceMs)
    sendBody(request, call.body?.read())
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const { statusCode = 0 } = response
    if (statusCode >= 200 && statusCode < 300) return response
    throw new S3Refusal(statusCode, await text(response))
  }

  async #open({ method, key = '', query = {}, headers = {}, body }: S3Call): Promise<ClientRequest> {
    const url = new URL(this.#place.url)
    url.pathname += key
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const signed = await new AwsV4Signer({
      ...{ method, url: url.href, service: 's3', region: this.#place.region, ...this.#credentials },
      headers: { ...headers, 'x-amz-content-sha256': body?.sha256 ?? sha256OfNothing },
    }).sign()
    const length = body && { 'content-length': String(body.byteSize) }
    const request = url.protocol === 'https:' ? requestHttps : requestHttp
    return request(signed.url, {
      method,
      agent: this.#agent,
      headers: { ...Object.fromEntries(signed.headers), ...length },
    })
  }
}

/** Not worth another try: whoever asked has waited long enough. */
class S3Silence extends Error {
  constructor(ms: number) {
    super(`S3 said nothing for ${ms} ms`)
    this.name = 'S3Silence'
  }
}

/** Not by `pipeline`, which would wait until the answer is read. */
function sendBody(request: ClientRequest, body: Readable | undefined): void {
  if (!body) return void request.end()
  body.once('error', error => request.destroy(error))
  request.once('close', () => body.destroy())
  body.pipe(request)
}

function endWhenSilent(request: ClientRequest, ms: number): void {
  request.on('error', () => {}) // told to whoever waits for the answer, or reads it
  const beforeAnswer = () => void request.destroy(new S3Silence(ms))
  request.setTimeout(ms, beforeAnswer)
  request.once('response', response => {
    request.off('timeout', beforeAnswer)
    endBodyWhenSilent(response, ms)
  })
}

/**
 * A body that lies here unread is the reader's slowness and not the store's. A socket's time-out fires once and is set
 * again by bytes alone, so while something lies here it is set anew; and once more after that, because the reader may have
 * taken it only just now: a store that falls silent is given up on after one to two times `ms`.
 */
function endBodyWhenSilent(response: IncomingMessage, ms: number): void {
  const { socket } = response
  let wasUnread = false
  const onSilence = () => {
    const isUnread = response.readableLength > 0
    if (!isUnread && !wasUnread) return void response.destroy(new S3Silence(ms))
    wasUnread = isUnread
    socket.setTimeout(ms)
  }
  socket.on('timeout', onSilence)
  response.once('close', () => socket.off('timeout', onSilence))
}

function storeAway(cause: unknown): ChatError {
  return new ChatError('unavailable', { detail: 'The store of files cannot be reached; try again in a moment.', cause })
}
