// How many in the busiest second: sliding windows over moments, and differences of a counter.

const windowMs = 1_000

/** Most moments within any one second. `timesMs` need not be sorted. */
export function peakPerSecond(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b)
  let from = 0
  let peak = 0
  for (const [i, atMs] of sorted.entries()) {
    while (atMs - sorted[from]! >= windowMs) from++
    peak = Math.max(peak, i - from + 1)
  }
  return peak
}

/** Reads a counter ten times a second. */
export class RateMeter {
  readonly #read: () => number
  readonly #samples: { atMs: number; count: number }[] = []
  readonly #timer: NodeJS.Timeout

  constructor(read: () => number) {
    this.#read = read
    this.#timer = setInterval(() => this.#sample(), 100)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The busiest second, and the mean per second, between two moments. */
  between(fromMs: number, toMs: number): { peak: number; mean: number; total: number } {
    const samples = this.#samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    const [first, last] = [samples[0], samples.at(-1)]
    if (!first || !last || first === last) return { peak: 0, mean: 0, total: 0 }
    let from = 0
    let peak = 0
    for (const { atMs, count } of samples) {
      while (atMs - samples[from]!.atMs > windowMs) from++
      peak = Math.max(peak, count - samples[from]!.count)
    }
    const total = last.count - first.count
    return { peak, mean: total / ((last.atMs - first.atMs) / 1_000), total }
  }

  #sample(): void {
    this.#samples.push({ atMs: performance.now(), count: this.#read() })
  }
}
