// A run of a crowd: load, a storm of faults, quiescence, judgement.
import { isDeepStrictEqual } from 'node:util'
import { eventually, type Verdict, within } from '@goftegu/testkit'
import { Crowd, type CrowdOptions } from './crowd.ts'
import type { Deployment } from './deployment.ts'
import { readHeads, readState } from './stored-state.ts'
import { differencesOf } from './views.ts'

export type Outcome = {
  verdict: Verdict
  /** Views, live or replayed, that differ from a fresh fetch over REST, in words. */
  diverged: string[]
  /** Stored changes that are no new messages, by type: what the zeros are about. */
  changes: Record<string, number>
  refusals: string[]
  /** What was not answered, or not in time, or with "not now". */
  setbacks: string[]
  /** Why sends on sockets had to be made again. */
  repeats: string[]
  resyncs: number
  /** The same for each of those who were there from the beginning to the end. */
  resyncsOfMembers: number[]
  /** Who may not come back, where they were, and how they were told. */
  sentAway: string[]
  /** Sockets that fell silent without a close. */
  deadSockets: number
  volume: ReturnType<Crowd['oracle']['volume']>
  /** Attempts to send a message while the writers wrote, and in a second. */
  sends: number
  sendsPerSecond: number
}

/** So many times in a row, so far apart, the heads must be the same. */
const quietReads = 3
const quietReadMs = 100

/** A reader never caught up. */
export class ReaderBehind extends Error {
  override name = 'ReaderBehind'
}

/** Somebody never caught up, or never got an answer; or what was to be done to them could not be done. */
export class ChaosFailure extends Error {
  override name = 'ChaosFailure'
  /** What the oracle says of it. */
  readonly verdict: Verdict
  readonly volume: Outcome['volume']

  constructor({ verdict, volume }: Pick<Outcome, 'verdict' | 'volume'>, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${JSON.stringify(verdict.counts())}: ${why}`, { cause })
    this.verdict = verdict
    this.volume = volume
  }

  /** Whether readers were waited for in vain: else what they lack they may just not have had yet. */
  get isByReaders(): boolean {
    let error: unknown = this
    while (error instanceof Error && !(error instanceof ReaderBehind)) error = error.cause
    return error instanceof ReaderBehind
  }
}

/**
 * Runs all of it; `storm` does what shall do no harm, under load, and answers what it measured.
 * @throws ChaosFailure with who is behind, and what the oracle says, when somebody never catches up
 */
export async function chaosRun<T>(
  options: CrowdOptions,
  storm: (crowd: Crowd) => Promise<T>,
): Promise<Outcome & { measured: T }> {
  const crowd = await Crowd.gather(options)
  try {
    return await run(crowd, options, storm)
  } catch (cause) {
    await end(crowd)
    throw new ChaosFailure(await verdictOf(crowd, options), cause)
  } finally {
    await end(crowd)
  }
}

async function end(crowd: Crowd): Promise<void> {
  crowd.hush()
  for (const writer of crowd.restWriters) writer.giveUp()
  await Promise.all(crowd.restWriters.map(writer => writer.settled))
  await Promise.all(crowd.clients.map(client => client.stop()))
}

async function run<T>(crowd: Crowd, options: CrowdOptions, storm: (crowd: Crowd) => Promise<T>) {
  const beganMs = performance.now()
  crowd.begin()
  const measured = await storm(crowd)
  crowd.hush()
  const { ok, fail, unknown } = crowd.oracle.volume()
  const sends = ok + fail + unknown
  const sendsPerSecond = (sends / (performance.now() - beganMs)) * 1_000
  await settle(crowd, options)
  return { ...(await judge(crowd, options)), sends, sendsPerSecond, measured }
}

/** Resolves when every reader has heard everything up to these numbers. @throws ReaderBehind with who has not */
export async function everybodyReached(crowd: Crowd, heads: Map<number, number>, deadlineMs: number): Promise<void> {
  const headOf = (conversationId: number) => heads.get(conversationId) ?? 0
  const all = Promise.all(crowd.present.map(client => client.reached(headOf(client.conversationId))))
  const here = () => crowd.present.map(client => `${client.where} of ${headOf(client.conversationId)}`).join('\n')
  await within(all, deadlineMs, () => `every reader to catch up:\n${here()}`).catch(cause => {
    throw new ReaderBehind(cause.message, { cause })
  })
}

/** Quiescence: every send has its answer, every reader the newest number, and nothing more is on its way. */
async function settle(crowd: Crowd, { deployment }: Pick<CrowdOptions, 'deployment'>): Promise<void> {
  const ids = crowd.conversations.map(({ id }) => id)
  const answers = Promise.all(crowd.restWriters.map(writer => writer.settled))
  await within(answers, crowd.settleMs, 'every request to have its answer')
  const areSettled = () => [...crowd.socketWriters, ...crowd.guestWriters].every(writer => writer.isSettled)
  await eventually(areSettled, { ms: crowd.settleMs, what: 'every send to have its answer' })
  let heads = new Map<number, number>()
  let same = 0
  // Edits and deletions have no answers: they are over when the numbers rest.
  const isQuiet = async () => {
    const before = heads
    heads = await readHeads(deployment.database, ids)
    await everybodyReached(crowd, heads, crowd.settleMs)
    await Promise.all(crowd.present.map(client => client.roundTrip()))
    same = isDeepStrictEqual(before, heads) ? same + 1 : 0
    return same === quietReads
  }
  await eventually(isQuiet, { ms: crowd.settleMs, everyMs: quietReadMs, what: 'silence' })
}

/** Nobody writes any more until everybody has heard everything; then writers go on. @throws DeadlineError */
export async function silence(crowd: Crowd, deployment: Deployment): Promise<void> {
  crowd.hush()
  await settle(crowd, { deployment })
  crowd.begin()
}

async function verdictOf(crowd: Crowd, { deployment }: CrowdOptions) {
  const ids = crowd.conversations.map(({ id }) => id)
  const state = await readState(deployment.database, ids)
  return { state, verdict: crowd.oracle.judge(state), volume: crowd.oracle.volume() }
}

async function judge(crowd: Crowd, options: CrowdOptions) {
  const { state, verdict, volume } = await verdictOf(crowd, options)
  const heads = new Map(state.conversations.map(({ id, last_seq }) => [id, last_seq]))
  const compared = crowd.present.map(client => differencesOf(client, heads.get(client.conversationId) ?? 0))
  const changes = Map.groupBy(
    state.conversations.flatMap(({ changes }) => changes),
    ({ type }) => type,
  )
  return {
    verdict,
    volume,
    diverged: (await Promise.all(compared)).flat(),
    changes: Object.fromEntries([...changes].map(([type, { length }]) => [type, length])),
    refusals: [...crowd.socketWriters, ...crowd.restWriters].flatMap(writer => writer.refusals),
    repeats: crowd.socketWriters.flatMap(writer => writer.repeats),
    setbacks: [...crowd.socketWriters, ...crowd.restWriters].flatMap(writer => writer.setbacks),
    deadSockets: crowd.clients.reduce((sum, client) => sum + client.deadSockets, 0),
    sentAway: crowd.clients.flatMap(({ refusal }) => refusal ?? []),
    resyncsOfMembers: crowd.members.map(({ resyncs }) => resyncs),
    resyncs: crowd.clients.reduce((sum, client) => sum + client.resyncs, 0),
  }
}
