// What the protocol says to a text frame: clause 6.2, read apart from the server's own decoder.
import { isUtf8 } from 'node:buffer'
import { type ClientEventType, clientEvents, type ErrorCode, maxFrameBytes } from '@goftegu/protocol'
import { Check } from 'typebox/value'
import type { CloseAnswer } from './step.ts'

export type Prediction = { close: CloseAnswer } | { errors: readonly ErrorCode[] } | { isFree: true }

/** `isFree` where it is a valid event: what it is answered is a question of the state. */
export function predict(payload: Buffer): Prediction {
  if (payload.length > maxFrameBytes) return { close: 1009 }
  if (!isUtf8(payload)) return { close: 1007 }
  const frame = parsed(payload.toString())
  if (frame === undefined) return { errors: ['invalid_json'] }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return { errors: ['invalid_event'] }
  const type = 'type' in frame && Object.hasOwn(frame, 'type') ? frame.type : undefined
  if (!isClientEvent(type)) return { errors: ['unknown_event'] }
  return Check(clientEvents[type], frame) ? { isFree: true } : { errors: ['invalid_event'] }
}

/** Undefined where it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isClientEvent(type: unknown): type is ClientEventType {
  return typeof type === 'string' && Object.hasOwn(clientEvents, type)
}
