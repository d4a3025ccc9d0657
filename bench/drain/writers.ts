// A steady stream of messages over REST, each logged before it is sent.
import { setTimeout as pause } from 'node:timers/promises'
import type { WriterLog } from '@goftegu/testkit'

export type Writer = { conversationId: number; cookie: string; log: WriterLog }

/** Writes in turn in each conversation. Ends after `stop()`, when everything that was begun has its answer. */
export class Writers {
  readonly #url: string
  readonly #writers: Writer[]
  readonly #perSecond: number
  readonly #busy = new Set<Writer>()
  readonly #pending = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #count = 0

  constructor(url: string, writers: Writer[], perSecond: number) {
    this.#url = url
    this.#writers = writers
    this.#perSecond = perSecond
  }

  start(): void {
    this.#timer = setInterval(() => this.#writeNext(), 1_000 / this.#perSecond)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#pending)
  }

  /** One at a time in each conversation: nobody promises the order of sends side by side. */
  #writeNext(): void {
    const writer = this.#writers[this.#count++ % this.#writers.length]!
    if (this.#busy.has(writer)) return
    this.#busy.add(writer)
    const done = this.#write(writer, `w${this.#count}`).finally(() => {
      this.#busy.delete(writer)
      this.#pending.delete(done)
    })
    this.#pending.add(done)
  }

  /** Repeats with the same key until the outcome is known. */
  async #write({ conversationId, cookie, log }: Writer, clientId: string): Promise<void> {
    const body = JSON.stringify({ conversation_id: conversationId, content: clientId, client_id: clientId })
    const headers = { 'content-type': 'application/json', cookie, origin: this.#url }
    for (;;) {
      const attempt = log.attempt(clientId)
      try {
        const response = await fetch(`${this.#url}/api/messages/`, { method: 'POST', headers, body })
        const answer = (await response.json()) as { seq: number }
        if (response.ok) return attempt.ok(answer.seq)
        if (response.status < 500) throw new Error(`a message was refused: ${JSON.stringify(answer)}`)
      } catch (error) {
        if (!(error instanceof TypeError)) throw error // fetch throws those where the network broke
      }
      await pause(500)
    }
  }
}
