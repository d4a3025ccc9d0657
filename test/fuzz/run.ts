// One fuzz run: frames, then requests, at one process; what it did, and what was found.
import type { Cleanup } from '@goftegu/testkit'
import { connect, eventually, scrape } from '@goftegu/testkit'
import { Caller } from '../contract/caller.ts'
import { Findings } from './findings.ts'
import { Stored } from './stored.ts'
import { startTarget, type Target } from './target.ts'
import { throwFrames } from './throw-frames.ts'
import { throwRequests } from './throw-requests.ts'
import { Watch, type Watched } from './watch.ts'

export type RunOptions = { seed: number; frames: number; requests: number }
export type Outcome = { findings: Findings; sent: Sent; statuses: ReadonlyMap<number, number>; watched: Watched }
type Sent = { frames: number; sockets: number; requests: number }

/** Pino's `error`, and whatever is worse. */
const loggedFault = /^\{"level":(?:[5-9]\d|\d{3,}|"(?:error|fatal)").*$/gm
const settleMs = 30_000

/** What the parts of a run share. */
export class Run {
  readonly seed: number
  readonly target: Target
  readonly findings: Findings
  readonly stored = new Stored()
  readonly sent: Sent = { frames: 0, sockets: 0, requests: 0 }
  readonly statuses = new Map<number, number>()

  constructor(seed: number, target: Target, findings: Findings) {
    this.seed = seed
    this.target = target
    this.findings = findings
  }

  /** After its end there is nothing to throw at. */
  get isAlive(): boolean {
    return this.target.service.isRunning
  }

  answered(status: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
  }
}

/** Starts a target and throws everything at it; `told` hears of the run when it begins. */
export async function fuzz(
  life: Cleanup,
  { seed, frames, requests }: RunOptions,
  told: (run: Run, watched: Watched) => void = () => {},
): Promise<Outcome> {
  const target = await startTarget(life)
  const findings = new Findings()
  const run = new Run(seed, target, findings)
  const watch = await Watch.start(target, findings)
  told(run, watch.seen)
  try {
    await throwFrames(run, frames)
    await throwRequests(run, requests)
  } catch (error) {
    findings.add('a run that ended early', (error as Error).message)
  }
  const watched = await watch.stop()
  await lookAfterwards(run)
  return { findings, sent: run.sent, statuses: run.statuses, watched }
}

/** Lives it, does it hold nothing of all those sockets, does it work, and what has it stored and logged? */
async function lookAfterwards(run: Run): Promise<void> {
  const { target, findings, stored } = run
  const output = () => target.service.output()
  try {
    const isEmpty = async () => (await scrape(target.url)).get('goftegu_sockets') === 0
    await eventually(isEmpty, { ms: settleMs, everyMs: 200, what: 'all sockets to be gone' })
    await talkAsUsual(target)
  } catch (error) {
    findings.add('a server that is not as before', (error as Error).message)
  }
  if (!run.isAlive) findings.add('a crash', `${JSON.stringify(await target.service.exited)}\n${output().slice(-4_000)}`)
  for (const line of output().match(loggedFault) ?? []) findings.add('a fault in the log', line.slice(0, 1_000))
  for (const fault of await stored.faults(target.database)) findings.add('something stored', fault)
}

async function talkAsUsual({ url, quiet }: Target): Promise<void> {
  const headers = { authorization: `Bearer ${quiet.other.token}` }
  const socket = await connect(`${url}/ws/chat/${quiet.id}/`, { headers, ms: settleMs })
  const body = { content: 'as usual', conversation_id: quiet.id }
  await new Caller(url, quiet.writer.token).expect(201, 'Message', 'POST', '/api/messages/', body)
  await socket.expectPush('new_message', { seq: 2, message: { content: 'as usual' } }, { ms: settleMs })
  await socket.close()
}
