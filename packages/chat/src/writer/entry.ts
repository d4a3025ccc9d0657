// A message on its way into the store, and what becomes of it.
import type { ChatError, ErrorCode } from '@goftegu/protocol'
import { begin, type Span } from '@goftegu/tracing'

/** What is to be stored. `key` makes repeating it safe: every message has one. */
export type Draft = { conversation_id: number; sender_id: number; key: string; content: string }

/** What the sender is told. */
export type Stored = {
  outcome: 'stored' | 'repeat'
  conversation_id: number
  message_id: number
  seq: number
  created_at: Date
}

/** How a message ended: stored, a repeat, or refused with a code. */
export type Settled = Stored['outcome'] | ErrorCode

/** A draft in the writer. It is answered once; what is said later is ignored. */
export class Entry {
  readonly draft: Draft
  /** Of its text, in UTF-8. */
  readonly bytes: number
  /** On the clock of `performance.now()`. */
  readonly deadlineMs: number
  /** Whether an attempt to store it may have been committed without our hearing of it. */
  mayBeStored = false
  /** From its being queued to its outcome, where its sender is traced. */
  readonly span: Span | undefined
  #isSettled = false
  readonly #deferred = Promise.withResolvers<Stored>()
  readonly #onSettled: (entry: Entry, outcome: Settled) => void

  constructor(draft: Draft, deadlineMs: number, onSettled: (entry: Entry, outcome: Settled) => void) {
    this.draft = draft
    this.span = begin('store message', { attributes: { 'goftegu.conversation_id': draft.conversation_id } })
    this.bytes = Buffer.byteLength(draft.content)
    this.deadlineMs = deadlineMs
    this.#onSettled = onSettled
  }

  /** What its sender waits for. */
  get answer(): Promise<Stored> {
    return this.#deferred.promise
  }

  /** Whether its sender was answered; what is answered is not sent again. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  accept(stored: Stored): void {
    this.span?.setAttributes({ 'goftegu.seq': stored.seq })
    if (this.#settle(stored.outcome)) this.#deferred.resolve(stored)
  }

  refuse(error: ChatError): void {
    if (this.#settle(error.code)) this.#deferred.reject(error)
  }

  #settle(outcome: Settled): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.span?.setAttribute('goftegu.outcome', outcome).end()
    this.#onSettled(this, outcome)
    return true
  }
}
