// What a run of the table found, as lines for people and as JSON for the README.
import { sums } from '../replicas/findings.ts'
import type { Control, Counts, Result, Row } from './row.ts'
import { sabotages } from './sabotage.ts'

/** Times in milliseconds; `null` where nothing was measured. */
export type Line = {
  fault: string
  /** What was switched off, in a control. */
  without?: string
  runs: number
  seed: number
  acknowledged: number
  counts: Counts
  /** Of all readers in all runs. */
  behindMs: { p50: number; p99: number; max: number } | null
  unavailableMs: number | null
  /** What else the row measured, by the words for it. */
  figures: Record<string, number>
  /** Members who were removed meanwhile. */
  removals: number
  /** What the fault does by design, and is not held against it. */
  byDesign: readonly string[]
  /** Whether it found what it had to: nothing, or in a control some harm. */
  isAsExpected: boolean
}

export type Report = { date: string; machine: string; seconds: number; faults: Line[]; controls: Line[] }

const countNames = ['lost', 'duplicated', 'reordered', 'phantom', 'leaked', 'diverged'] as const

export function faultLine(row: Row, { runs, seed }: { runs: number; seed: number }, result: Result): Line {
  const { fault, byDesign = [] } = row
  const isClean = countNames.every(name => result.counts[name] === 0)
  const isSomething = result.acknowledged > 0 // nothing is lost of nothing
  const isAsExpected = isSomething && isClean && result.evidence.length === 0 && result.broken.length === 0
  return { fault, runs, seed, ...figuresOf(result), byDesign, isAsExpected }
}

export function controlLine(
  { row, sabotage, finds, runs }: Control,
  { seed, tries }: { seed: number; tries: number },
  result: Result,
): Line {
  const isAsExpected = isFound(finds, result)
  const { fault, byDesign = [] } = row
  const done = { runs: runs * tries, seed }
  return { fault, without: sabotages[sabotage], ...done, ...figuresOf(result), byDesign, isAsExpected }
}

/** Tries the nth time, from 0 on, until the control finds its harm, or may not any more; counts are of all tries. */
export async function untilFound(
  { finds, tries }: Control,
  attempt: (n: number) => Promise<Result>,
): Promise<{ result: Result; tries: number }> {
  let result = await attempt(0)
  let tried = 1
  for (; tried < tries && !isFound(finds, result); tried++) {
    const { counts, acknowledged, removals } = result
    const next = await attempt(tried)
    const sum = { acknowledged: acknowledged + next.acknowledged, removals: removals + next.removals }
    result = { ...next, ...sum, counts: sums(counts, next.counts) }
  }
  return { result, tries: tried }
}

function isFound(finds: Control['finds'], { broken, counts }: Result): boolean {
  return finds.some(name => (name === 'broken' ? broken.length : counts[name]) > 0)
}

function figuresOf({ counts, acknowledged, behindMs, unavailableMs, figures, removals }: Result) {
  return {
    counts,
    acknowledged,
    behindMs: quantilesOf(behindMs),
    unavailableMs: unavailableMs === null ? null : Math.round(unavailableMs),
    figures,
    removals,
  }
}

function quantilesOf(numbers: readonly number[]): Line['behindMs'] {
  if (numbers.length === 0) return null
  const sorted = numbers.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]!)
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** One line of text. */
export function textOf({
  fault,
  without,
  runs,
  acknowledged,
  counts,
  behindMs,
  unavailableMs,
  figures,
  removals,
  byDesign,
  isAsExpected,
}: Line): string {
  const found = countNames.map(name => `${name} ${counts[name]}`).join(', ')
  const seconds = (ms: number) => (ms / 1_000).toFixed(1)
  const behind = behindMs && `behind p50/p99/max ${[behindMs.p50, behindMs.p99, behindMs.max].map(seconds).join('/')} s`
  const what = without ? `${fault}, without ${without}` : fault
  const silence = unavailableMs !== null && `nobody could write for ${seconds(unavailableMs)} s`
  const gone = removals > 0 && `${removals} members removed`
  const others = Object.entries(figures).map(([words, figure]) => `${words}: ${figure}`)
  const design = byDesign.length > 0 && `by design: ${byDesign.join(', ')}`
  const all = [found, behind, silence, gone, ...others, design].filter(Boolean).join('; ')
  return `${isAsExpected ? 'ok  ' : 'FAIL'} ${what}: n = ${runs}, ${acknowledged} acknowledged; ${all}`
}
