// The headers of an upgrade, checked before `ws` would refuse them in words of its own.
import { ChatError } from '@goftegu/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'

const key = /^[+/0-9A-Za-z]{22}==$/
/** What `ws` speaks; 8 is 13 under an older name. */
const versions = new Set(['13', '8'])
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Whether Node treats the request as an upgrade. */
export function isUpgrade({ headers }: FastifyRequest): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/** A step of the upgrade. @throws ChatError `upgrade_required`, `invalid_request` (RFC 6455, 4.2.1) */
export async function checkHandshake(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { headers } = request
  if (!request.ws) throw new ChatError('upgrade_required')
  if (!versions.has(String(headers['sec-websocket-version']))) {
    reply.header('sec-websocket-version', '13')
    throw new ChatError('upgrade_required', { detail: 'Connect with version 13 of the WebSocket protocol.' })
  }
  if (!key.test(String(headers['sec-websocket-key']))) throw invalid('Sec-WebSocket-Key')
  const protocols = headers['sec-websocket-protocol']
  if (protocols !== undefined && !isTokenList(protocols)) throw invalid('Sec-WebSocket-Protocol')
}

function invalid(header: string): ChatError {
  return new ChatError('invalid_request', { detail: `The header ${header} is missing or not valid.` })
}

function isTokenList(list: string): boolean {
  const names = list.split(',').map(name => name.trim())
  return names.every(name => token.test(name)) && new Set(names).size === names.length
}
