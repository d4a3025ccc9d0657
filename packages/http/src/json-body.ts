// Reads JSON bodies: plain UTF-8 alone, no key that could reach a prototype, nothing where nothing was sent.
import { ChatError } from '@goftegu/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'

const howToSend = 'Send JSON in UTF-8, with no other charset and no Content-Encoding.'
/** US-ASCII is a part of it. */
const charsets = new Set(['utf-8', 'utf8', 'us-ascii'])

/** Makes JSON the only body that `app` takes; a plugin may add another (uploads). */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Many clients name the type on every request; whether a body is needed is the schema's question.
    if (body.length === 0) return done(null, undefined)
    if (!isPlainUtf8(request.headers)) return done(new ChatError('unsupported_media_type', { detail: howToSend }))
    let text: string
    try {
      text = utf8.decode(body)
    } catch (cause) {
      return done(new ChatError('invalid_json', { detail: 'The body is not valid UTF-8.', cause }))
    }
    // The parser answers through `done`; its promise form is for parsers that are async.
    void parse(request, text, (error, value) => {
      if (error) done(new ChatError('invalid_json', { cause: error }))
      else done(null, value)
    })
  })
}

/** Whether the bytes are said to be what we would read them as; a gzip or UTF-16 that is read as text is nonsense. */
function isPlainUtf8(headers: FastifyRequest['headers']): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8'
  const coding = headers['content-encoding']?.trim() || 'identity'
  return charsets.has(charset.toLowerCase()) && coding.toLowerCase() === 'identity'
}
