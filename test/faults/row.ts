// A row of the table of faults: what is broken, how often, and what the oracle says afterwards.
import { type Cleanup, eventually, type Verdict } from '@goftegu/testkit'
import { ChaosFailure, chaosRun, type Outcome } from '../replicas/chaos.ts'
import type { Crowd, CrowdOptions } from '../replicas/crowd.ts'
import type { Deployment } from '../replicas/deployment.ts'
import { startDriver } from '../replicas/driver.ts'
import { findingsOf } from '../replicas/findings.ts'
import { GroupChanges } from '../replicas/group-changes.ts'
import { type Random, randomOf } from '../replicas/random.ts'
import { withTurnover } from '../replicas/turnover.ts'
import { type Damage, type Fault, weather } from '../replicas/weather.ts'
import { forgetful, type Sabotage, sabotaged } from './sabotage.ts'

export type Counts = ReturnType<Verdict['counts']>

export type Result = {
  counts: Counts
  /** Sends that were acknowledged. */
  acknowledged: number
  /** Per run and reader: the longest that they lacked what was committed, in milliseconds. */
  behindMs: number[]
  /** The longest in which no send of anybody was acknowledged, in milliseconds; `null` where it was not measured. */
  unavailableMs: number | null
  /** What the counts are about, and what else was against the promise. */
  evidence: string[]
  /** What the row promises beyond the counts, and did not keep. */
  broken: string[]
  /** What the row measured besides, by the words for it. */
  figures: Record<string, number>
  /** Members who were removed meanwhile: how much `leaked` is worth. */
  removals: number
}

export type Circumstances = {
  seed: number
  /** How often it is done. */
  runs: number
  /** The mechanism that is switched off, for a control. */
  sabotage?: Sabotage
}

/** `reload`: clients are told to, because the history is another one; `loss`: some of the old history is not in it. */
export type ByDesign = 'reload' | 'loss'

export type Row = {
  /** As the table says it. */
  fault: string
  /** What the fault does by design: it is told as a figure and not held against the row. */
  byDesign?: readonly ByDesign[]
  /** How often in the whole table, and in the short one; 0 leaves it out there. */
  runs: { whole: number; short: number }
  run: (life: Cleanup, circumstances: Circumstances) => Promise<Result>
}

/** With one mechanism switched off, the row's fault must be found to do harm. */
export type Control = {
  row: Row
  sabotage: Sabotage
  /** At least one of these counts is not 0, or a promise of the row is broken. */
  finds: (keyof Counts | 'broken')[]
  /** How often the fault is done before it is asked whether the harm shows. */
  runs: number
  /** How often all of that is tried, each time from nothing, until it shows. */
  tries: number
}

export type Found = Pick<Result, 'broken' | 'figures'>
const nothingFound: Found = { broken: [], figures: {} }

export type Scene = {
  deployment: Deployment
  fault: (n: number) => Fault
  /**
   * What the row promises and measures beyond the counts, after all is over.
   * @throws Error where the fault did nothing, so that there is nothing to judge
   */
  judge?: (crowd: Crowd) => Found
}

type UnderLoad = Pick<Row, 'fault' | 'runs' | 'byDesign'> & {
  /** Starts what is needed, with these variables in the environment of every service, and says what to do the nth time. */
  prepare: (life: Cleanup, surroundings: { env: Record<string, string>; random: Random }) => Promise<Scene>
  crowd?: Partial<CrowdOptions>
  /** Every send must succeed at once: one that is answered "not now", or not at all, is against the promise. */
  areSendsAnswered?: boolean
}

/** A row whose fault is done to an installation while a crowd writes, reads, comes and goes. */
export function underLoad(row: UnderLoad): Row {
  const { fault, runs, byDesign = [], prepare, crowd, areSendsAnswered = false } = row
  return {
    fault,
    runs,
    byDesign,
    run: async (life, { seed, runs, sabotage }) => {
      const random = randomOf(seed, fault)
      const { deployment, fault: faultOf, judge } = await prepare(life, { env: sabotaged(sabotage), random })
      const driver = await startDriver(life, deployment)
      const weakness = sabotage && { settleMs: 8_000, isForgetful: sabotage === forgetful }
      const options = { deployment, driver, seed, conversations: 4, ...weakness, ...crowd }
      const faults = Array.from({ length: runs }, (_, n) => faultOf(n))
      let judged = () => nothingFound
      let removals = 0
      const storm = async (crowd: Crowd) => {
        judged = () => judge?.(crowd) ?? nothingFound
        const groups = new GroupChanges({ crowd, driver, seed, random })
        await underWay(crowd)
        try {
          return await weather(crowd, deployment.database, await among(groups, faults, crowd, byDesign), groups)
        } finally {
          removals = groups.removals
        }
      }
      try {
        const outcome = await chaosRun(options, storm)
        const found = judged() // now every send has its answer
        const broken = areSendsAnswered ? [...found.broken, ...unanswered(outcome)] : found.broken
        return resultOf(outcome, { ...found, broken, removals }, { byDesign, runs })
      } catch (error) {
        // A control may not take for harm that its fault could not be done.
        if (error instanceof ChaosFailure && (!sabotage || error.isByReaders))
          return failureOf(error, { ...(sabotage ? judged() : nothingFound), removals })
        throw error
      }
    },
  }
}

/** Every conversation is written to, so that the first fault meets work under way. */
async function underWay({ conversations, oracle, patienceMs }: Crowd): Promise<void> {
  const isWritten = ({ id }: { id: number }) => oracle.acknowledgements(own => own === id).length >= 10
  await eventually(() => conversations.every(isWritten), { ms: patienceMs, what: 'the load' })
}

/**
 * The faults, with guests in every conversation of whom some are removed meanwhile. Where history itself is lost, who was
 * when a member is not known any more, and nobody could be judged by it.
 */
async function among(groups: GroupChanges, faults: Fault[], { conversations }: Crowd, byDesign: readonly ByDesign[]) {
  if (byDesign.includes('loss')) return faults
  const guests = await Promise.all(conversations.map(conversation => groups.invite(conversation)))
  await Promise.all(guests.map(({ isIn }) => isIn))
  return faults.map(fault => withTurnover(fault, groups))
}

/** The counts are there, and the times are not. */
function failureOf(failure: ChaosFailure, found: Found & Pick<Result, 'removals'>): Result {
  const { counts, evidence, volume } = findingsOf(failure)
  return { counts, acknowledged: volume.ok, behindMs: [], unavailableMs: null, evidence, ...found }
}

type Design = { byDesign: readonly ByDesign[]; runs: number }

function resultOf(
  outcome: Outcome & { measured: Damage[] },
  found: Found & Pick<Result, 'removals'>,
  { byDesign, runs }: Design,
): Result {
  const { verdict, refusals, measured } = outcome
  const { counts, evidence, volume } = findingsOf(outcome)
  return {
    counts,
    acknowledged: volume.ok,
    behindMs: measured.flatMap(({ behindByReaderMs }) => behindByReaderMs),
    unavailableMs: Math.max(0, ...measured.map(({ unavailableMs }) => unavailableMs)),
    evidence: [
      ...evidence,
      // What is gone can no longer be edited.
      ...(byDesign.includes('loss') ? [] : new Set(refusals.map(refusal => `refused: ${refusal}`))),
      ...reloadsAgainst({ byDesign, runs }, outcome),
    ],
    ...found,
    figures: byDesign.includes('loss') ? { ...found.figures, ...lossOf(verdict) } : found.figures,
  }
}

function unanswered({ repeats, setbacks }: Outcome): string[] {
  return [...new Set([...repeats, ...setbacks])].map(why => `a send was not acknowledged at once: ${why}`)
}

/** Where it is by design, everybody has to be told each time. */
function reloadsAgainst({ byDesign, runs }: Design, { resyncs, resyncsOfMembers }: Outcome): string[] {
  if (byDesign.includes('reload')) {
    const untold = resyncsOfMembers.filter(times => times < runs).length
    return untold === 0 ? [] : [`${untold} of ${resyncsOfMembers.length} clients were not told to reload each time`]
  }
  return resyncs > 0 ? [`${resyncs} times a client was told to reload`] : []
}

function lossOf({ gone }: Verdict): Result['figures'] {
  return { 'acknowledged and gone': gone.sends, 'events handed over and gone': gone.events }
}
