// The one rule of all limiters: a token bucket kept as a single time (GCRA).

/** `limit` per `windowMs` in the long run; at most `burst` at once (default: `limit`). */
export type Rate = { limit: number; windowMs: number; burst?: number }

/** How long one unit takes to come back, and how many fit. Throws RangeError for a rate that allows nothing. */
export function rateOf({ limit, windowMs, burst = limit }: Rate): { intervalMs: number; burst: number } {
  if (!(limit > 0 && windowMs > 0 && burst >= 1))
    throw new RangeError('a rate needs limit, windowMs > 0 and burst >= 1')
  return { intervalMs: windowMs / limit, burst }
}

/**
 * Takes `cost` units at `nowMs`. `fullAtMs` is when the bucket will be full again: the only state there is, and
 * nothing need be kept of a bucket whose time has passed. A refusal takes nothing. Costs above the burst count as
 * the burst, or they could never be met.
 *
 * `redis-limiter.ts` holds the same three lines in Lua.
 */
export function gcra(
  fullAtMs: number,
  nowMs: number,
  cost: number,
  { intervalMs, burst }: { intervalMs: number; burst: number },
): { fullAtMs: number; retryAfterMs: number } {
  const nextMs = Math.max(fullAtMs, nowMs) + Math.min(cost, burst) * intervalMs
  // Rounded to a thousandth: sums of fractions must not refuse what fits exactly.
  const excessMs = Math.round((nextMs - nowMs - burst * intervalMs) * 1_000) / 1_000
  return excessMs > 0 ? { fullAtMs, retryAfterMs: Math.ceil(excessMs) } : { fullAtMs: nextMs, retryAfterMs: 0 }
}
