// The limiter: how often something named may happen, counted over all replicas.

import type { Rate } from './gcra.ts'

export type Allowance = { allowed: true } | { allowed: false; retryAfterMs: number }

/**
 * Obligations of every implementation, checked by `test/limiter-contract.ts`:
 * 1. Never more than `burst` at once, nor than `burst` plus `limit` per window over any time.
 * 2. A refusal takes nothing, and after `retryAfterMs` the same take is allowed.
 * 3. Keys are independent.
 * 4. `take` never rejects, answers within 50 ms (plus this process' own delay), and never fails open: without its
 *    server each replica allows its share of the rate.
 * 5. Its memory is bounded.
 */
export interface Limiter {
  /**
   * Takes `cost` units of `key`, `cost` up to the burst. A key should name the rule and its subject (`login:203.0.113.7`);
   * one key belongs to one rate. Throws RangeError only for a rate that allows nothing.
   */
  take(key: string, cost: number, rate: Rate): Promise<Allowance>
  close(): Promise<void>
}
