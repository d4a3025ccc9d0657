// Answers to requests that get no response object from Node: JSON too, written by hand.
import { type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { ChatError, type ErrorCode } from '@goftegu/protocol'

const codes: Partial<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  HPE_INVALID_URL: 'invalid_url',
}
/** The newest request of each connection. */
const newest = new WeakMap<Socket, { request: IncomingMessage; response: ServerResponse }>()
const unreadable = 'The request is not valid HTTP.'

/** Lets `handleClientError` know what was answered already. */
export function noteRequests(server: Server): void {
  server.prependListener('request', (request, response) => newest.set(request.socket, { request, response }))
}

/** Fastify's `clientErrorHandler`: answers, then closes, because what follows on the connection cannot be read. */
export function handleClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy()
    return
  }
  if (isAnswered(socket)) {
    socket.destroySoon()
    return
  }
  const code = codes[error.code ?? '']
  answerRaw(socket, code ? new ChatError(code) : new ChatError('invalid_request', { detail: unreadable }))
}

/** Writes `error` as a whole answer to a connection that no response object belongs to, and closes it. */
export function answerRaw(socket: Socket, error: ChatError): void {
  const body = JSON.stringify(error.toBody())
  socket.end(
    [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
  // A client that goes on sending is not read to its end.
  socket.destroySoon()
}

/** Whether an answer is half-way out: another one in the middle of it would be read as its body. Node's own handler asks the same. */
function isAnswering(socket: Socket): boolean {
  const response: unknown = '_httpMessage' in socket ? socket._httpMessage : null
  return response instanceof ServerResponse && response.headersSent
}

/** Whether the request that cannot be read to its end has its answer: a second one would be taken for the next request's. */
function isAnswered(socket: Socket): boolean {
  const last = newest.get(socket)
  return last !== undefined && !last.request.complete && last.response.headersSent
}
