// Writes over a client's socket: messages with a key, edits, deletions. Unknown sends are repeated.
import type { Heard, WriterLog } from '@goftegu/testkit'
import type { ChatClient } from './chat-client.ts'
import { oneOf, type Random } from './random.ts'
import { textOf } from './texts.ts'

type Attempt = ReturnType<WriterLog['attempt']>

/** What a writer needs of a client. */
type Seat = Pick<ChatClient, 'isOpen' | 'isOut' | 'send' | 'onEvent' | 'onOpen'>

/** Of all that is written. */
const share = { edits: 0.12, deletions: 0.06 }
/** Answers that say that nothing was stored. */
export const notStored: ReadonlySet<string> = new Set(['busy', 'rate_limited'])
/** Answers after which the same key may be sent again, and must not be given up. */
const willPass: ReadonlySet<string> = new Set(['outcome_unknown', 'unavailable', ...notStored])
const repeatDelayMs = 200

export class SocketWriter {
  /** Codes of errors that were no reason to repeat. */
  readonly refusals: string[] = []
  /** Codes of errors that name no send and will pass: an edit or a deletion whose effect is not known. */
  readonly setbacks: string[] = []
  /** Why sends had to be made again. */
  readonly repeats: string[] = []
  readonly #client: Seat
  readonly #log: WriterLog
  readonly #name: string
  readonly #random: Random
  /** Sends without an answer, oldest first. */
  readonly #pending = new Map<string, { content: string; attempt: Attempt }>()
  /** Own messages that are there to be changed. */
  #own: number[] = []
  #count = 0

  constructor(client: Seat, log: WriterLog, name: string, random: Random) {
    this.#client = client
    this.#log = log
    this.#name = name
    this.#random = random
    client.onEvent = event => this.#hear(event)
    client.onOpen = () => this.#repeat()
  }

  /** Whether every send has its answer, or nobody is there to wait for one. */
  get isSettled(): boolean {
    return this.#pending.size === 0 || this.#client.isOut
  }

  /** Writes once; false while there is no socket. */
  write(): boolean {
    if (!this.#client.isOpen) return false
    const dice = this.#random()
    if (this.#own.length > 0 && dice < share.deletions) this.#delete()
    else if (this.#own.length > 0 && dice < share.deletions + share.edits) this.#edit()
    else this.#post()
    return true
  }

  #post(): void {
    const clientId = `${this.#name}-${++this.#count}`
    const content = textOf(clientId)
    this.#pending.set(clientId, { content, attempt: this.#log.attempt(clientId, content) })
    this.#client.send({ type: 'chat_message', client_id: clientId, content })
  }

  #edit(): void {
    const content = textOf(`${this.#name} edited ${++this.#count}`)
    this.#client.send({ type: 'edit_message', message_id: oneOf(this.#random, this.#own), content })
  }

  #delete(): void {
    const message_id = oneOf(this.#random, this.#own)
    this.#own = this.#own.filter(id => id !== message_id)
    this.#client.send({ type: 'delete_message', message_id })
  }

  /** The answers to these may have been lost with the last socket. */
  #repeat(): void {
    for (const clientId of this.#pending.keys()) this.#sendAgain(clientId, 'the socket closed before the answer')
  }

  #sendAgain(clientId: string, why: string): void {
    const pending = this.#pending.get(clientId)
    if (!pending || !this.#client.isOpen) return
    this.repeats.push(why)
    pending.attempt = this.#log.attempt(clientId, pending.content)
    this.#client.send({ type: 'chat_message', client_id: clientId, content: pending.content })
  }

  #hear(event: Heard): void {
    if (event.type === 'accepted') {
      this.#pending.get(event.client_id)?.attempt.ok(event.seq)
      this.#pending.delete(event.client_id)
      this.#own.push(event.message_id)
    }
    if (event.type === 'error') this.#refused(event)
  }

  #refused({ code, client_id }: Heard<'error'>): void {
    const pending = client_id === undefined ? undefined : this.#pending.get(client_id)
    if (client_id !== undefined && willPass.has(code)) {
      if (notStored.has(code)) pending?.attempt.fail()
      setTimeout(() => this.#sendAgain(client_id, code), repeatDelayMs)
      return
    }
    if (client_id === undefined) return void (willPass.has(code) ? this.setbacks : this.refusals).push(code)
    this.refusals.push(code)
    pending?.attempt.fail()
    this.#pending.delete(client_id)
  }
}
