// How long canaries take, there and back.

/** Most canaries that are remembered: 16 s of a Redis that is frozen. */
const mostOpen = 64

/** Told the time, in monotonic milliseconds, by its caller. */
export class RoundTrips {
  /** When each was sent, the oldest first. */
  readonly #sentMs = new Map<number, number>()

  begin(count: number, nowMs: number): void {
    this.#sentMs.set(count, nowMs)
    if (this.#sentMs.size > mostOpen) this.#sentMs.delete(this.#sentMs.keys().next().value!)
  }

  /** How long it took; undefined where it is not known. What was sent before it is lost. */
  end(count: number, nowMs: number): number | undefined {
    const sentMs = this.#sentMs.get(count)
    for (const earlier of this.#sentMs.keys()) if (earlier <= count) this.#sentMs.delete(earlier)
    return sentMs === undefined ? undefined : nowMs - sentMs
  }
}
