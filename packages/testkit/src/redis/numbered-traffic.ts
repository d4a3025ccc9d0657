// Numbered publications on many channels of a bus, and what of them is heard.
import { setTimeout as delay } from 'node:timers/promises'
import { ownTime } from '../own-time.ts'
import { eventually } from '../within.ts'

/** What is needed of a broker. */
type Bus = {
  publish: (channel: string, payload: Uint8Array) => Promise<unknown>
  onMessage: (listener: (channel: string, payload: Buffer) => void) => unknown
  onSignal: (listener: (signal: { type: string; concerns?: (channel: string) => boolean }) => void) => unknown
}

const publishEveryMs = 5

/** Publishes round and round on all channels at one broker, and listens at another. */
export class NumberedTraffic {
  readonly channels: readonly string[]
  /** The longest that a publication took to be answered, in ms of this process' own time. */
  longestMs = 0
  /** Publications that were passed over: a later one on their channel was heard. */
  missed = 0
  readonly #sent = new Map<string, number>()
  readonly #heard = new Map<string, number>()
  /** Channels that missed something since `forgetTold`. */
  readonly #holed = new Set<string>()
  readonly #told = new Set<string>()
  readonly #publisher: Bus
  readonly #readMs = ownTime()
  #isOver = false
  #loop: Promise<void> | undefined

  constructor(channels: readonly string[], publisher: Bus, listener: Bus) {
    this.channels = channels
    this.#publisher = publisher
    listener.onMessage((channel, payload) => {
      if (payload.length > 0) this.#hear(channel, payload.readUInt32BE())
      else this.#told.add(channel)
    })
    listener.onSignal(({ type, concerns }) => {
      if (type === 'silent') return
      for (const channel of channels) if (concerns?.(channel) ?? true) this.#told.add(channel)
    })
  }

  begin(): void {
    this.#loop = this.#publish()
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#loop
  }

  /** Resolves when every channel has heard something that was published after this call. Answers how long it took. */
  async allHeard(channels: readonly string[] = this.channels, ms = 30_000): Promise<number> {
    const beganMs = performance.now()
    const marks = new Map(channels.map(channel => [channel, this.#sent.get(channel) ?? 0]))
    const behind = () => channels.filter(channel => (this.#heard.get(channel) ?? 0) <= (marks.get(channel) ?? 0))
    const isDone = () => behind().length === 0
    await eventually(isDone, { ms, everyMs: 5, what: 'every channel to be heard' }).catch(cause => {
      throw new Error(`not heard: ${behind()}`, { cause })
    })
    return performance.now() - beganMs
  }

  /** Forgets who was told so far that something may have been lost, and what was. */
  forgetTold(): void {
    this.#told.clear()
    this.#holed.clear()
    this.missed = 0
  }

  /** Those of `channels` whose listener was told, by a signal or a nudge, to look what it may have lost. */
  told(channels: readonly string[] = this.channels): string[] {
    return channels.filter(channel => this.#told.has(channel))
  }

  /** Channels that missed something, and whose listener was not told. */
  get untold(): string[] {
    return [...this.#holed].filter(channel => !this.#told.has(channel))
  }

  #hear(channel: string, number: number): void {
    const expected = (this.#heard.get(channel) ?? 0) + 1
    if (number > expected) {
      this.missed += number - expected
      this.#holed.add(channel)
    }
    this.#heard.set(channel, Math.max(number, expected - 1))
  }

  async #publish(): Promise<void> {
    const pending = new Set<Promise<void>>()
    while (!this.#isOver) {
      for (const channel of this.channels) {
        const publication: Promise<void> = this.#publishOn(channel).finally(() => pending.delete(publication))
        pending.add(publication)
        await delay(publishEveryMs)
        if (this.#isOver) break
      }
    }
    await Promise.all(pending)
  }

  async #publishOn(channel: string): Promise<void> {
    const number = (this.#sent.get(channel) ?? 0) + 1
    this.#sent.set(channel, number)
    const bytes = Buffer.alloc(100)
    bytes.writeUInt32BE(number)
    const beganMs = this.#readMs()
    await this.#publisher.publish(channel, bytes)
    this.longestMs = Math.max(this.longestMs, this.#readMs() - beganMs)
  }
}
