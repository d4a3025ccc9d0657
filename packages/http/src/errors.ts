// Turns whatever went wrong into an error of the one table, and that into an answer.
import { isUnavailable } from '@goftegu/database'
import { ChatError, type ErrorCode } from '@goftegu/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** What Fastify and its plugins throw by themselves. */
const foreignCodes: Partial<Record<string, ErrorCode>> = {
  FST_ERR_BAD_URL: 'invalid_url',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
}

const statusCodes: Partial<Record<number, ErrorCode>> = {
  401: 'not_authenticated',
  404: 'not_found',
  405: 'not_found',
  406: 'unsupported_media_type',
  408: 'request_timeout',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  416: 'range_not_satisfiable',
  426: 'upgrade_required',
  429: 'rate_limited',
  431: 'headers_too_large',
}

/** The detail of an answer to a fault of ours: the table's own text would blame the database. */
const faultDetail = 'Something went wrong here and was logged; look whether it was done before trying again.'

/** `error` as one of the table; what nobody expected becomes `unavailable`, the only 5xx that is no promise. */
export function toChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  const { code, statusCode } = error instanceof Error ? (error as { code?: unknown; statusCode?: unknown }) : {}
  const known = typeof code === 'string' ? foreignCodes[code] : undefined
  if (known) return new ChatError(known, { cause: error })
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new ChatError(statusCodes[statusCode] ?? 'invalid_request', { cause: error })
  }
  if (isUnavailable(error)) return new ChatError('unavailable', { cause: error })
  return new ChatError('unavailable', { detail: faultDetail, cause: error })
}

/** Answers with `error`: status, JSON body and, where it says when to come back, `Retry-After` in whole seconds. */
export function sendError(reply: FastifyReply, error: ChatError): FastifyReply {
  if (error.retryAfterSeconds !== undefined)
    reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterSeconds)))
  // RFC 9110 asks for it; Bearer makes no browser open a dialogue.
  if (error.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(error.status).type('application/json; charset=utf-8').send(error.toBody())
}

/** Fastify's error handler and framework error handler: one of the two places where a ChatError is caught. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const chatError = toChatError(error)
  if (chatError.message === faultDetail) request.log.error({ err: loggable(error) }, 'unexpected error')
  else if (chatError.code === 'unavailable')
    request.log.warn({ err: loggable(chatError.cause) }, 'PostgreSQL or the store of attachments is not available')
  return sendError(reply, chatError)
}

/** What a log may hold of an error: PostgreSQL's `detail` and `where` quote whole rows, a message's text among them. */
function loggable(error: unknown) {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name: type, message, stack } = error
  return { type, message, stack, ...('code' in error && { code: error.code }) }
}
