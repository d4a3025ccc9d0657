// What runs of crowds found, added up: the counts with the target 0, the evidence, and what else was noticed.
import { noViolations, type Verdict } from '@goftegu/testkit'
import { ChaosFailure, type Outcome } from './chaos.ts'

export type Findings = {
  /** Crowds that were judged. */
  crowds: number
  counts: ReturnType<Verdict['counts']>
  /** How much the counts are worth. */
  volume: Outcome['volume']
  /** Crowds of which somebody never caught up, or never got an answer. */
  unsettled: number
  /** The first sentences about what is against the promise. */
  evidence: string[]
  /** What is no violation, and how often it was seen. */
  remarks: Record<string, number>
}

export const nothingFound: Findings = {
  ...{ crowds: 0, counts: noViolations, volume: { ok: 0, fail: 0, unknown: 0, handed: 0 } },
  ...{ unsettled: 0, evidence: [], remarks: {} },
}

const mostEvidence = 50

/** What one crowd's run found. */
export function findingsOf(outcome: Outcome | ChaosFailure): Findings {
  const { verdict, volume } = outcome
  const judged = { crowds: 1, volume, evidence: verdict.evidence, counts: verdict.counts() }
  if (outcome instanceof ChaosFailure) {
    return { ...judged, evidence: [outcome.message, ...judged.evidence], unsettled: 1, remarks: {} }
  }
  const { diverged, refusals, setbacks, resyncs, sentAway, deadSockets } = outcome
  return {
    ...judged,
    counts: { ...judged.counts, diverged: Math.max(judged.counts.diverged, diverged.length) },
    evidence: [...judged.evidence, ...diverged.map(where => `differs from a fresh fetch: ${where}`)],
    unsettled: 0,
    remarks: {
      ...timesEach(refusals.map(refusal => `refused: ${refusal}`)),
      ...timesEach(setbacks.map(setback => `no answer, or not now: ${setback}`)),
      'sent away from a conversation': sentAway.length,
      'sockets that fell silent': deadSockets,
      'told to reload': resyncs,
    },
  }
}

export function added(a: Findings, b: Findings): Findings {
  return {
    crowds: a.crowds + b.crowds,
    counts: sums(a.counts, b.counts),
    volume: sums(a.volume, b.volume),
    unsettled: a.unsettled + b.unsettled,
    evidence: [...a.evidence, ...b.evidence].slice(0, mostEvidence),
    remarks: { ...a.remarks, ...sums(b.remarks, a.remarks) },
  }
}

/** Whether every count is 0 of something, and everybody caught up. */
export function isClean({ counts, volume, unsettled }: Findings): boolean {
  return volume.ok > 0 && unsettled === 0 && Object.values(counts).every(count => count === 0)
}

/** For people. */
export function linesOf({ crowds, counts, volume: { ok, unknown, fail, handed }, evidence, remarks }: Findings) {
  return [
    `${ok} acknowledged, ${unknown} attempts without an answer, ${fail} refused; ${handed} events handed to readers; ${crowds} crowds`,
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
    ...evidence.map(sentence => `  ${sentence}`),
    ...Object.entries(remarks).flatMap(([what, times]) => (times === 0 ? [] : [`  ${times} × ${what}`])),
  ]
}

/** The keys of `a`, and what both have under them. */
export function sums<K extends string>(a: Record<K, number>, b: Partial<Record<K, number>>): Record<K, number> {
  const sum = { ...a }
  for (const name in a) sum[name] += b[name] ?? 0
  return sum
}

function timesEach(sentences: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(sentences, sentence => sentence)].map(([what, all]) => [what, all.length]))
}
