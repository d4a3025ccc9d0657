// Writes through the API, one request after the other: messages with a key, edits, deletions, files.
import { setTimeout as delay } from 'node:timers/promises'
import type { Message } from '@goftegu/protocol'
import type { WriterLog } from '@goftegu/testkit'
import { oneOf, type Random } from './random.ts'
import type { Answer, Rest } from './rest.ts'
import { notStored } from './socket-writer.ts'
import { textOf } from './texts.ts'

/** Of all that is written. */
const share = { edits: 0.12, deletions: 0.06, files: 0.06 }
const repeatDelayMs = 200
const gif = 'GIF89a\x01\x00\x01\x00\x00\x00\x00;'

export class RestWriter {
  /** Status of what was refused, or not answered as it should be. */
  readonly refusals: string[] = []
  /** Requests without an answer, or with a 5xx: why. */
  readonly setbacks: string[] = []
  readonly #rest: Rest
  readonly #log: WriterLog
  readonly #name: string
  readonly #random: Random
  #own: number[] = []
  #count = 0
  #last: Promise<void> = Promise.resolve()
  #isBusy = false
  #hasGivenUp = false

  constructor(rest: Rest, log: WriterLog, name: string, random: Random) {
    this.#rest = rest
    this.#log = log
    this.#name = name
    this.#random = random
  }

  /** Resolves when the last request has its answer. */
  get settled(): Promise<void> {
    return this.#last
  }

  /** Repeats nothing any more: what has no answer yet stays unknown. */
  giveUp(): void {
    this.#hasGivenUp = true
  }

  /** Writes once; false while the request before is not answered. */
  write(): boolean {
    if (this.#isBusy) return false
    this.#isBusy = true
    this.#last = this.#write().finally(() => {
      this.#isBusy = false
    })
    return true
  }

  async #write(): Promise<void> {
    const dice = this.#random()
    const { edits, deletions, files } = share
    if (this.#own.length === 0 || dice >= edits + deletions + files) return this.#post()
    const id = oneOf(this.#random, this.#own)
    if (dice < edits) this.#check(200, await this.#edit(id))
    else if (dice < edits + deletions) this.#check(204, await this.#delete(id))
    else this.#check(201, await this.#attach(id))
  }

  /** Repeats until it is known what became of it, or it gives up. */
  async #post(): Promise<void> {
    const client_id = `${this.#name}-${++this.#count}`
    const body = { conversation_id: this.#log.conversationId, client_id, content: textOf(client_id) }
    while (!this.#hasGivenUp) {
      const attempt = this.#log.attempt(client_id, body.content)
      const answer = await this.#call('POST', '/api/messages/', body)
      const isRefusedForNow = answer !== undefined && notStored.has(codeOf(answer))
      if (isRefusedForNow) attempt.fail()
      if (!answer || isRefusedForNow) {
        await delay(repeatDelayMs)
        continue
      }
      const isStored = answer.status === 201 || answer.status === 200
      if (!isStored) {
        attempt.fail()
        return this.#check(201, answer)
      }
      const { id, seq } = answer.body as Message
      attempt.ok(seq)
      this.#own.push(id)
      return
    }
  }

  #edit(id: number): Promise<Answer | undefined> {
    return this.#call('PATCH', `/api/messages/${id}/`, {
      content: textOf(`${this.#name} edited ${++this.#count}`),
    })
  }

  #delete(id: number): Promise<Answer | undefined> {
    this.#own = this.#own.filter(own => own !== id)
    return this.#call('DELETE', `/api/messages/${id}/`)
  }

  #attach(id: number): Promise<Answer | undefined> {
    const form = new FormData()
    form.set('file', new Blob([Buffer.from(gif, 'latin1')]), `file-${++this.#count}.gif`)
    return this.#call('POST', `/api/conversations/${this.#log.conversationId}/messages/${id}/attachments/`, form)
  }

  /** Undefined where nobody answered, or with a 5xx that does not say that nothing was stored: then nobody knows. */
  async #call(...call: Parameters<Rest['call']>): Promise<Answer | undefined> {
    const answer = await this.#rest.call(...call).catch((error: Error) => error)
    if (answer instanceof Error) {
      this.setbacks.push(answer.message)
      return undefined
    }
    const isNotStored = notStored.has(codeOf(answer))
    if (answer.status < 500 && !isNotStored) return answer
    this.setbacks.push(String(answer.status))
    if (isNotStored) return answer
    if (answer.status !== 503) this.refusals.push(`${answer.status} ${JSON.stringify(answer.body)}`) // no part of the contract
    return undefined
  }

  #check(expected: number, answer: Answer | undefined): void {
    if (answer && answer.status !== expected && !notStored.has(codeOf(answer)))
      this.refusals.push(`${answer.status} ${JSON.stringify(answer.body)}`)
  }
}

function codeOf({ body }: Answer): string {
  return String((body as { code?: unknown } | undefined)?.code)
}
