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
  /** Answers that the contract does not have, or not for what was asked, and how often each came. */
  unexpected: Record<string, number>
  /** How often a client was told to reload. */
  resyncs: number
  /** What is no violation, and how often it was seen. */
  remarks: Record<string, number>
}

export const nothingFound: Findings = {
  ...{ crowds: 0, counts: noViolations, volume: { ok: 0, fail: 0, unknown: 0, handed: 0 } },
  ...{ unsettled: 0, evidence: [], unexpected: {}, resyncs: 0, remarks: {} },
}

const mostEvidence = 50

/** What one crowd's run found. */
export function findingsOf(outcome: Outcome | ChaosFailure): Findings {
  const { verdict, volume } = outcome
  const judged = { crowds: 1, volume, evidence: verdict.evidence, counts: verdict.counts() }
  if (outcome instanceof ChaosFailure) {
    return { ...nothingFound, ...judged, evidence: [outcome.message, ...judged.evidence], unsettled: 1 }
  }
  const { diverged, refusals, setbacks, resyncs, sentAway, deadSockets } = outcome
  return {
    ...judged,
    counts: { ...judged.counts, diverged: Math.max(judged.counts.diverged, diverged.length) },
    evidence: [...judged.evidence, ...diverged.map(where => `differs from a fresh fetch: ${where}`)],
    unsettled: 0,
    unexpected: timesEach(refusals),
    resyncs,
    remarks: {
      ...timesEach(setbacks.map(setback => `no answer, or not now: ${setback}`)),
      'sent away from a conversation': sentAway.length,
      'sockets that fell silent': deadSockets,
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
    unexpected: { ...a.unexpected, ...sums(b.unexpected, a.unexpected) },
    resyncs: a.resyncs + b.resyncs,
    remarks: { ...a.remarks, ...sums(b.remarks, a.remarks) },
  }
}

/**
 * Whether every count is 0 of something, everybody caught up, and every answer was one of the contract; `mayReload` where
 * somebody may have changed the history on purpose.
 */
export function isClean(findings: Findings, { mayReload }: { mayReload: boolean }): boolean {
  const { counts, volume, unsettled, unexpected, resyncs } = findings
  const isSound = unsettled === 0 && Object.keys(unexpected).length === 0 && (mayReload || resyncs === 0)
  return volume.ok > 0 && isSound && Object.values(counts).every(count => count === 0)
}

/** For people. */
export function linesOf(findings: Findings): string[] {
  const { crowds, counts, volume, evidence, unexpected, resyncs, remarks } = findings
  const { ok, unknown, fail, handed } = volume
  const noticed = { ...remarks, 'told to reload': resyncs }
  return [
    `${ok} acknowledged, ${unknown} attempts without an answer, ${fail} refused; ${handed} events handed to readers; ${crowds} crowds`,
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
    ...evidence.map(sentence => `  ${sentence}`),
    ...Object.entries(unexpected).map(([what, times]) => `  ${times} × unexpected: ${what}`),
    ...Object.entries(noticed).flatMap(([what, times]) => (times === 0 ? [] : [`  ${times} × ${what}`])),
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
