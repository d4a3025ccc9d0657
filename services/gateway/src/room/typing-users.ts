// Who is typing in a room, until they stop or six seconds have passed.
import type { ServerEvent } from '@goftegu/protocol'
import { payloadOf, textFrame } from '../frame.ts'

type Typing = { timer: NodeJS.Timeout; frame: Buffer }

/**
 * Every replica ends a typing notice by itself, so that a killed gateway leaves nobody typing for ever.
 * `ended` gets the frame that says so.
 */
export class TypingUsers {
  readonly #timeoutMs: number
  readonly #ended: (userId: number, frame: Buffer) => void
  readonly #users = new Map<number, Typing>()

  constructor(timeoutMs: number, ended: (userId: number, frame: Buffer) => void) {
    this.#timeoutMs = timeoutMs
    this.#ended = ended
  }

  get isEmpty(): boolean {
    return this.#users.size === 0
  }

  /** `frame` is the notice that was just delivered. */
  note(userId: number, isTyping: boolean, frame: Buffer): void {
    this.#forget(userId)
    if (!isTyping) return
    const timer = setTimeout(() => this.end(userId), this.#timeoutMs)
    timer.unref()
    this.#users.set(userId, { timer, frame })
  }

  /** Ends the notice of a user who was typing; nothing where they were not. */
  end(userId: number): void {
    const typing = this.#users.get(userId)
    if (!typing) return
    this.#forget(userId)
    const event = JSON.parse(payloadOf(typing.frame).toString()) as ServerEvent<'user_typing'>
    this.#ended(userId, textFrame(Buffer.from(JSON.stringify({ ...event, is_typing: false }))))
  }

  clear(): void {
    for (const userId of [...this.#users.keys()]) this.#forget(userId)
  }

  #forget(userId: number): void {
    clearTimeout(this.#users.get(userId)?.timer)
    this.#users.delete(userId)
  }
}
