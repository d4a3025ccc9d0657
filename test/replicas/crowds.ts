// One crowd after the other: each is judged and forgotten, so that hours need no more memory than minutes.
import { setTimeout as delay } from 'node:timers/promises'
import { ChaosFailure, chaosRun } from './chaos.ts'
import type { Crowd, CrowdOptions } from './crowd.ts'
import { timeUp } from './endings.ts'
import { added, type Findings, findingsOf, nothingFound } from './findings.ts'

export type CrowdsOptions = {
  crowd: CrowdOptions
  /** How long each writes before it is judged. */
  windowMs: number
  /** How long it goes on since the first one was in. */
  lastsMs: number
  /** Ends the last one early, and its judgement is not left out. */
  interrupted: AbortSignal
  /** What happens to one crowd, until `signal` is aborted. */
  storm: (crowd: Crowd, seed: number, signal: AbortSignal) => Promise<void>
  /** Hears what was found so far. */
  says?: (findings: Findings) => void
}

const retryMs = 1_000

/** Every crowd is new, and so are its conversations. @throws what keeps the first one from gathering */
export async function crowds(options: CrowdsOptions): Promise<Findings> {
  const { crowd, windowMs, lastsMs, interrupted, storm, says = () => {} } = options
  let findings = nothingFound
  let over = interrupted
  for (let n = 0; !over.aborted; n++) {
    const seed = crowd.seed + n
    const stormOne = (crowd: Crowd) => {
      if (over === interrupted) over = timeUp(lastsMs, interrupted)
      return storm(crowd, seed, timeUp(windowMs, over))
    }
    try {
      findings = added(findings, findingsOf(await chaosRun({ ...crowd, seed }, stormOne)))
    } catch (error) {
      if (!(error instanceof ChaosFailure) && findings.crowds === 0) throw error
      if (error instanceof ChaosFailure) findings = added(findings, findingsOf(error))
      else findings = added(findings, await notGathered(error, over))
    }
    says(findings)
  }
  return findings
}

/** Whatever is broken may be mended, and then the next one gathers; where it is not until the end, that is held against it. */
async function notGathered(error: unknown, over: AbortSignal): Promise<Findings> {
  await delay(retryMs)
  const why = `nobody could come in: ${error instanceof Error ? error.message : error}`
  if (over.aborted) return { ...nothingFound, unsettled: 1, evidence: [why] }
  return { ...nothingFound, remarks: { 'nobody could come in': 1 } }
}
