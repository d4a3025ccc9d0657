// Random numbers that a printed seed brings back.
import { createHash } from 'node:crypto'

/** A number from 0 up to 1, like `Math.random`. */
export type Random = () => number

/**
 * The same numbers for the same seed and name (mulberry32). Everybody has a stream of their own, so that what one does
 * is the same whoever was faster.
 */
export function randomOf(seed: number, name: string): Random {
  let state = createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE()
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of `items`, which is not empty. */
export function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!
}
