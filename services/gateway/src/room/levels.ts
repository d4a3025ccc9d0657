// A room's states, of which only the newest counts: who types, who has read how far.
import { eventBytes, type Header } from '@goftegu/protocol'
import { textFrame } from '../frame.ts'
import { readFrame } from './frames.ts'
import { TypingUsers } from './typing-users.ts'

export type Level = {
  kind: 'user_typing' | 'read_updated'
  /** The same for every state of one user and kind: a newer one takes the place of an older. */
  key: string
  userId: number
  readSeq: number
  /** Who does not hear of it: nobody is told that they themselves type. */
  exceptUserId: number | null
  frame: Buffer
}

type Position = { user_id: number; read_seq: number }

/** Decides which states are news; `send` gets those. */
export class Levels {
  readonly #conversationId: number
  readonly #typingTimeoutMs: number
  readonly #send: (level: Level) => void
  /** Read positions that were heard or told: a position never goes back. */
  #reads: Map<number, number> | null = null
  #typing: TypingUsers | null = null

  constructor(conversationId: number, typingTimeoutMs: number, send: (level: Level) => void) {
    this.#conversationId = conversationId
    this.#typingTimeoutMs = typingTimeoutMs
    this.#send = send
  }

  receive(header: Header, bytes: Buffer): void {
    const frame = textFrame(eventBytes(bytes))
    if (header.kind === 'user_typing') this.#receiveTyping(header, frame)
    else if (this.#isNews(header.subject, header.seq)) this.#tellRead(header.subject, header.seq, frame)
  }

  /**
   * Positions as the database has them: a notice of one may have been lost. Where it is that of the user's own message
   * (`isSentBy`), everybody has concluded it from that.
   */
  learnReads(
    epoch: string,
    participants: readonly Position[],
    isSentBy: (userId: number, seq: number) => boolean,
  ): void {
    for (const { user_id, read_seq } of participants) {
      if (read_seq === 0 || !this.#isNews(user_id, read_seq) || isSentBy(user_id, read_seq)) continue
      this.#tellRead(user_id, read_seq, readFrame(this.#conversationId, epoch, user_id, read_seq))
    }
  }

  /** Positions begin anew, at those that sockets are told in another way. */
  forgetReads(participants: readonly Position[]): void {
    this.#reads = null
    for (const { user_id, read_seq } of participants) if (read_seq > 0) this.#isNews(user_id, read_seq)
  }

  endTyping(userId: number): void {
    this.#typing?.end(userId)
  }

  clear(): void {
    this.#typing?.clear()
  }

  #receiveTyping({ subject, isTyping }: Header, frame: Buffer): void {
    if (isTyping) this.#typing ??= new TypingUsers(this.#typingTimeoutMs, (id, frame) => this.#tellTyping(id, frame))
    this.#typing?.note(subject, isTyping, frame)
    this.#tellTyping(subject, frame)
  }

  #tellTyping(userId: number, frame: Buffer): void {
    const key = `typing ${this.#conversationId} ${userId}`
    this.#send({ kind: 'user_typing', key, userId, readSeq: 0, exceptUserId: userId, frame })
  }

  #tellRead(userId: number, readSeq: number, frame: Buffer): void {
    const key = `read ${this.#conversationId} ${userId}`
    this.#send({ kind: 'read_updated', key, userId, readSeq, exceptUserId: null, frame })
  }

  #isNews(userId: number, readSeq: number): boolean {
    this.#reads ??= new Map()
    if ((this.#reads.get(userId) ?? 0) >= readSeq) return false
    this.#reads.set(userId, readSeq)
    return true
  }
}
