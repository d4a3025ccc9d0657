// Remembers, within a bound, on which channels a publication failed, and makes up for it.

type Outcome = 'published' | 'failed'

/** What `makeUp` sends: a nudge on one channel, or the word to every peer that there were too many to remember. */
export type Amends = { nudge: (channel: string) => Promise<Outcome>; overflow: () => Promise<Outcome> }

const nudgesAtOnce = 500

/** Channels whose subscribers must be nudged when the bus is back. Beyond `capacity` only "too many" is remembered. */
export class MissedChannels {
  readonly #channels = new Set<string>()
  readonly #capacity: number
  #hasOverflowed = false
  #making: Promise<void> | undefined

  /** 10,000 channels are about 1 MB; beyond that one comparison of everything is cheaper than the nudges. */
  constructor(capacity = 10_000) {
    this.#capacity = capacity
  }

  get isEmpty(): boolean {
    return this.#channels.size === 0 && !this.#hasOverflowed
  }

  add(channel: string): void {
    if (this.#hasOverflowed) return
    this.#channels.add(channel)
    if (this.#channels.size > this.#capacity) this.#overflow()
  }

  /** Gives all of it away: each channel to where it belongs now (nowhere: it stays), and an overflow to all. */
  handOver(heirOf: (channel: string) => MissedChannels | undefined, all: readonly MissedChannels[]): void {
    if (this.#hasOverflowed && all.length > 0) {
      this.#hasOverflowed = false
      for (const heir of all) heir.#overflow()
    }
    for (const channel of this.#channels) {
      const heir = heirOf(channel)
      if (!heir || heir === this) continue
      this.#channels.delete(channel)
      heir.add(channel)
    }
  }

  /** Sends what is due until nothing is left or something fails, which is then remembered again. One run at a time. */
  makeUp(amends: Amends): Promise<void> {
    this.#making ??= this.#makeUp(amends).finally(() => {
      this.#making = undefined
    })
    return this.#making
  }

  async #makeUp({ nudge, overflow }: Amends): Promise<void> {
    if (this.#hasOverflowed) {
      this.#hasOverflowed = false
      if ((await overflow()) === 'failed') return this.#overflow()
    }
    while (this.#channels.size > 0) {
      const outcomes = await Promise.all(this.#take(nudgesAtOnce).map(channel => this.#nudge(channel, nudge)))
      if (outcomes.includes('failed')) return
    }
  }

  async #nudge(channel: string, nudge: Amends['nudge']): Promise<Outcome> {
    const outcome = await nudge(channel)
    if (outcome === 'failed') this.add(channel)
    return outcome
  }

  #take(count: number): string[] {
    const taken = [...this.#channels.values().take(count)]
    for (const channel of taken) this.#channels.delete(channel)
    return taken
  }

  #overflow(): void {
    this.#hasOverflowed = true
    this.#channels.clear()
  }
}
