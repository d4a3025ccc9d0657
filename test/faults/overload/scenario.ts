// What a scenario of overload answers: figures, and what was against the promise.
import { type Cleanup, noViolations, type Verdict } from '@goftegu/testkit'

export type Overload = {
  name: string
  /** By what they are, each with its unit in the name. */
  figures: Record<string, number | string>
  /** Those of them that the table of faults tells, as numbers. */
  told: Record<string, number>
  /** What was not as it has to be, in words; empty where everything was. */
  verdict: string[]
  counts: ReturnType<Verdict['counts']>
  /** Sends that were acknowledged: what the counts are about. */
  acknowledged: number
}

/** Starts an installation of its own, overloads it, and looks what became of everybody. */
export type Scenario = (t: Cleanup) => Promise<Overload>

/** The sentences whose claims do not hold. */
export function broken(claims: Record<string, boolean>): string[] {
  return Object.entries(claims).flatMap(([sentence, holds]) => (holds ? [] : [`not so: ${sentence}`]))
}

/** What the oracle found, in words. */
export function foundBy(verdict: Verdict): string[] {
  const isClean = Object.keys(noViolations).every(name => verdict.counts()[name as keyof typeof noViolations] === 0)
  return isClean ? [] : [JSON.stringify(verdict.counts()), ...verdict.evidence.slice(0, 5)]
}

/** The value below which the share `q` of `values` lies; 0 of none. Rounded to tenths. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return tenths(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0)
}

export function tenths(value: number): number {
  return Math.round(value * 10) / 10
}
