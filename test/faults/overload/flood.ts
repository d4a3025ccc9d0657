// Twenty times what a process can take: first what it takes is measured, then twenty times as much is offered.
import { setTimeout as delay } from 'node:timers/promises'
import { errorTable } from '@goftegu/protocol'
import { type Cleanup, createOracle, eventually, type Oracle } from '@goftegu/testkit'
import { sums } from '../../replicas/findings.ts'
import type { Installation } from '../../replicas/installation.ts'
import { pace } from '../../replicas/pace.ts'
import { readState } from '../../replicas/stored-state.ts'
import { commitTimes, p99Between } from './commit-times.ts'
import { MemoryWatch } from './memory.ts'
import { Room } from './room.ts'
import { broken, foundBy, type Overload, tenths } from './scenario.ts'
import { Sends } from './sends.ts'

export type Flood = {
  name: string
  installation: Installation
  /** Of the process that is flooded. */
  url: string
  conversationIds: readonly number[]
  /** Sends once, in one of the conversations. */
  send: (sends: Sends) => void
  /** Sends that are on their way while it is measured what the process takes. */
  inFlight: number
  offerMs: number
  /** How much memory the process may take beyond what it had. */
  roomMiB: number
}

const times = 20
const calmMs = 6_000
const measureMs = 5_000
const answersMs = 120_000

/** Runs it beside a room on the other gateway, which must not notice more than that the machine is one. */
export async function runFlood(t: Cleanup, flood: Flood): Promise<Overload> {
  const { installation } = flood
  const writes = { perSecond: 10, bytes: 200 }
  const room = await Room.open(t, installation, { listeners: 20, listenAt: 1, writes })
  const oracle = createOracle()
  const seen = await overload(t, flood, oracle)
  const roomVerdict = await room.settle()
  const verdict = oracle.judge(await readState(installation.database, flood.conversationIds))
  return {
    name: flood.name,
    figures: figuresOf(seen, room),
    told: {},
    verdict: [
      ...foundBy(verdict),
      ...foundBy(roomVerdict),
      ...broken({
        'each refusal has a documented code': [...seen.offered.refusals.keys()].every(isDocumented),
        'some are stored meanwhile': seen.offered.stored > 0,
        'nothing is refused afterwards': seen.later.refusals.size === 0,
        'nobody else is closed or refused': room.closed.length === 0 && room.refusals.length === 0,
        'memory stays bounded': seen.memory.most.residentMiB - seen.before.residentMiB <= flood.roomMiB,
      }),
    ],
    counts: sums(verdict.counts(), roomVerdict.counts()),
    acknowledged: oracle.volume().ok + room.acknowledged,
  }
}

type Seen = Awaited<ReturnType<typeof overload>>

/** Calm, what it takes, twenty times that, and calm again. */
async function overload(t: Cleanup, flood: Flood, oracle: Oracle) {
  const memory = new MemoryWatch(t, flood.url)
  const [takes, offered, later] = [new Sends(oracle), new Sends(oracle), new Sends(oracle)]
  const moment = async () => ({
    ms: performance.now(),
    commits: await commitTimes(flood.installation.gateways[1]!.url),
  })
  await delay(calmMs / 2)
  const calmFrom = await moment()
  await delay(calmMs)
  const calmTo = await moment()
  const perSecond = await capacity(flood, takes)
  const before = await memory.now()
  memory.most = before
  const floodFrom = await moment()
  await offer(flood, offered, perSecond * times)
  const offeredMs = performance.now() - floodFrom.ms
  await answered(offered)
  const floodTo = await moment()
  const perSecondLater = await capacity(flood, later)
  const healedFrom = await moment()
  await delay(calmMs)
  const [healedTo, after] = [await moment(), await memory.now()]
  const phases = { before: [calmFrom, calmTo], 'with it': [floodFrom, floodTo], after: [healedFrom, healedTo] } as const
  const answeredMs = floodTo.ms - floodFrom.ms - offeredMs
  return { memory, before, after, offered, later, perSecond, perSecondLater, offeredMs, answeredMs, phases }
}

function figuresOf(seen: Seen, room: Room): Overload['figures'] {
  const { memory, before, after, offered, later, perSecond, perSecondLater, offeredMs, answeredMs, phases } = seen
  const others = Object.entries(phases).map(([phase, [from, to]]) => {
    const { p50, p99 } = room.delivery(from.ms, to.ms)
    return [
      `others, ${phase}`,
      `delivery ${p50} / ${p99} ms p50 / p99; p99 of commits ≤ ${p99Between(from.commits, to.commits)} ms`,
    ]
  })
  return {
    'takes, sends/s': Math.round(perSecond),
    'offered, sends/s (of how many)': `${Math.round(offered.begun / (offeredMs / 1_000))} (${offered.begun})`,
    'stored / refused of these': `${offered.stored} / ${offered.begun - offered.stored}`,
    refusals: asJson(offered.refusals),
    'acknowledged after ms, p50 / p99': offered.times.stored,
    'refused after ms, p50 / p99': offered.times.refused,
    'all answered s after the last was offered': tenths(answeredMs / 1_000),
    'takes afterwards, sends/s': `${Math.round(perSecondLater)}, refusals ${asJson(later.refusals)}`,
    'resident MiB before / most / after': `${before.residentMiB} / ${memory.most.residentMiB} / ${after.residentMiB}`,
    ...Object.fromEntries(others),
  }
}

function isDocumented(code: string): boolean {
  return Object.hasOwn(errorTable, code)
}

function asJson(counts: ReadonlyMap<string, number>): string {
  return JSON.stringify(Object.fromEntries(counts))
}

/** Acknowledged sends a second, while so many are always on their way. */
async function capacity({ send, inFlight }: Flood, sends: Sends): Promise<number> {
  const beganMs = performance.now()
  const fill = setInterval(() => {
    while (sends.unanswered < inFlight) send(sends)
  }, 2)
  await delay(measureMs)
  clearInterval(fill)
  const perSecond = sends.stored / ((performance.now() - beganMs) / 1_000)
  await answered(sends)
  return perSecond
}

async function offer({ send, offerMs }: Flood, sends: Sends, perSecond: number): Promise<void> {
  const quiet = new AbortController()
  pace(perSecond, quiet.signal, () => {
    send(sends)
    return true
  })
  await delay(offerMs)
  quiet.abort()
}

function answered(sends: Sends): Promise<unknown> {
  return eventually(() => sends.unanswered === 0, { ms: answersMs, everyMs: 50, what: 'every send to be answered' })
}
