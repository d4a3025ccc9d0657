// What a fuzzed client sends at once, and what the documents say that it must hear.
import type { ErrorCode } from '@goftegu/protocol'

/** `'empty'`: a close frame without a code. */
export type CloseAnswer = number | 'empty'

export type Step = {
  /** For whoever reads a finding. */
  what: string
  bytes: Buffer
  /** The codes of `error` events, in order. */
  errors?: readonly ErrorCode[]
  /** Payloads of WebSocket pongs, in hex, in order. */
  pongs?: readonly string[]
  /** The close frame that ends it; nothing can follow. */
  close?: CloseAnswer
  /** A valid event: any one documented answer, or none. */
  isFree?: boolean
}
