// A client's frame, checked against the schemas of the protocol.
import { fieldErrors } from '@goftegu/http'
import { ChatError, type ClientEvent, type ClientEventType, clientEvents } from '@goftegu/protocol'
import { Compile } from 'typebox/compile'

/** `clientId` is what the frame carried, checked or not, so that the refusal can name it. */
export type Decoded =
  | { event: ClientEvent; refusal?: undefined; clientId?: string }
  | { refusal: ChatError; event?: undefined; clientId?: string }

const validators = new Map(Object.entries(clientEvents).map(([type, schema]) => [type, Compile(schema)] as const))

/** Longest `client_id` that an answer repeats, in UTF-16 units; a valid one has at most 128. */
const maxEchoLength = 256

/** Never throws: what is wrong comes back as the refusal that the sender is told. */
export function decode(text: string): Decoded {
  const frame = parse(text)
  if (frame === undefined) return { refusal: new ChatError('invalid_json', { detail: 'The frame is not valid JSON.' }) }
  if (!isObject(frame)) return { refusal: invalid('Every frame is one JSON object with a "type".') }
  const clientId = clientIdOf(frame)
  const validator = typeof frame.type === 'string' ? validators.get(frame.type) : undefined
  if (!validator) return { refusal: new ChatError('unknown_event'), clientId }
  if (validator.Check(frame)) return { event: frame as ClientEvent<ClientEventType>, clientId }
  const [error] = fieldErrors(validator.Errors(frame))
  return { refusal: invalid(error && `${error.path || '/'} ${error.detail}.`), clientId }
}

function invalid(why?: string): ChatError {
  return new ChatError('invalid_event', why ? { detail: `The event is not valid: ${why}` } : {})
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function clientIdOf({ client_id }: Record<string, unknown>): string | undefined {
  return typeof client_id === 'string' && client_id.length <= maxEchoLength ? client_id : undefined
}
