// Reads JSON bodies: UTF-8 alone, no key that could reach a prototype, nothing where nothing was sent.
import { ChatError } from '@goftegu/protocol'
import type { FastifyInstance } from 'fastify'

/** Makes JSON the only body that `app` takes; a plugin may add another (uploads). */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Many clients name the type on every request; whether a body is needed is the schema's question.
    if (body.length === 0) return done(null, undefined)
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
