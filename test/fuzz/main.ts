// `npm run fuzz`: as many hostile frames and requests as one likes, and what they found.
import { parseArgs } from 'node:util'
import { numberOption } from '../number-option.ts'
import { inReverse } from '../replicas/in-reverse.ts'
import { fuzz, type Outcome, type Run } from './run.ts'
import type { Watched } from './watch.ts'

const usage = `Usage: npm run fuzz -- [options]
  --frames N     hostile frames, on as many sockets as it takes (200000)
  --requests N   hostile requests (20000)
  --seed N       of an earlier run, to have the same frames and requests again`

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '200000' },
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    help: { type: 'boolean', default: false },
  },
})
/** A loop that is late by more than this, by the server's own doing, is a finding. */
const mostLagMs = 200
/** What the second half of a run may add to the memory of the first. */
const mostGrowthMiB = 150
const progressMs = 10_000

if (values.help) console.log(usage)
else await main()

async function main(): Promise<void> {
  const seed = numberOption('seed', values.seed)
  const frames = numberOption('frames', values.frames)
  const requests = numberOption('requests', values.requests)
  const undo: (() => unknown)[] = []
  const startedMs = performance.now()
  let progress: NodeJS.Timeout | undefined
  const tellProgress = ({ sent, findings }: Run, { residentMiB }: Watched) => {
    const tell = () =>
      console.log(
        `${seconds(startedMs)}: ${sent.frames} frames, ${sent.requests} requests, ${Math.round(residentMiB.at(-1) ?? 0)} MiB, ${findings.count} findings`,
      )
    progress = setInterval(tell, progressMs)
  }
  console.log(`seed ${seed}`)
  try {
    const outcome = await fuzz(inReverse({ after: fn => undo.push(fn) }), { seed, frames, requests }, tellProgress)
    judgeMeasures(outcome)
    console.log(report(outcome, startedMs))
    if (outcome.findings.count > 0) process.exitCode = 1
  } finally {
    clearInterval(progress)
    for (const each of undo) await each()
  }
}

function judgeMeasures({ findings, watched }: Outcome): void {
  if (watched.ownLagMs > mostLagMs) findings.add('a stall of the event loop', `${Math.round(watched.ownLagMs)} ms`)
  const { firstHalf, secondHalf } = peaks(watched.residentMiB)
  if (secondHalf > firstHalf + mostGrowthMiB) {
    findings.add('memory that grows', `${Math.round(firstHalf)} MiB, then ${Math.round(secondHalf)} MiB`)
  }
}

function peaks(residentMiB: readonly number[]): { firstHalf: number; secondHalf: number } {
  const middle = Math.ceil(residentMiB.length / 2)
  return { firstHalf: Math.max(...residentMiB.slice(0, middle)), secondHalf: Math.max(...residentMiB.slice(middle)) }
}

function report({ findings, sent, statuses, watched }: Outcome, startedMs: number): string {
  const { firstHalf, secondHalf } = peaks(watched.residentMiB)
  const answers = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`)
  return [
    `sent        ${sent.frames} frames on ${sent.sockets} sockets, ${sent.requests} requests, in ${seconds(startedMs)}`,
    `answers     ${answers.join(', ')}`,
    `event loop  late by ${Math.round(watched.lagMs)} ms at most, ${Math.round(watched.ownLagMs)} ms without what it waited for a CPU`,
    `bystander   ${Math.round(watched.roundTripMs)} ms for the slowest ping of an innocent client`,
    `memory      at most ${Math.round(firstHalf)} MiB in the first half, ${Math.round(secondHalf)} MiB in the second`,
    `findings    ${findings.count}`,
    ...findings.lines(),
  ].join('\n')
}

function seconds(sinceMs: number): string {
  return `${Math.round((performance.now() - sinceMs) / 1_000)} s`
}
