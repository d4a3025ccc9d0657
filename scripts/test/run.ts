// A test run: type check, lint, servers, every test file, and the count in the last line; or the cluster alone.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { type RunServers, startRunServers } from '@goftegu/testkit'
import { runCheck } from './checks.ts'
import { findTestFiles, type SuiteName } from './files.ts'
import { Report } from './report.ts'

const [suite, paths] = suiteOf(process.argv.slice(2))
/** A single test that takes longer hangs. The cluster's tests say themselves how long they may take. */
const testTimeoutMs = suite === 'cluster' ? 3_600_000 : 300_000
/** The runner says something at least as often as tests time out; when it does not, a file does not end. */
const silenceMs = testTimeoutMs + 30_000
/** How long files that were told to stop may take to say what they have. */
const graceMs = 2_000

const stopping = new AbortController()
const stop = (why: string) => stopping.abort(new Error(`Stopped: ${why}`)) // the runner needs an Error
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal))
process.on('disconnect', () => stop('npm test has ended')) // whoever started us was killed

const report = new Report()
await (suite === 'cluster' ? testCluster(paths) : testEverything(paths)).catch(error => report.stopped(error))
process.exit(report.end() ? 0 : 1) // open ends of a run that was stopped must not hold us

async function testEverything(paths: string[]): Promise<void> {
  const files = findTestFiles('all', paths)
  const runId = randomBytes(4).toString('hex')
  const [servers] = await Promise.all([
    startRunServers(runId),
    runCheck('typecheck', ['tsc', '--noEmit']).then(result => report.checked(result)),
    runCheck('lint', ['biome', 'check', '.']).then(result => report.checked(result)),
  ])
  try {
    await runOnServers(files, servers)
  } finally {
    await servers.close()
  }
}

/** `--suite=cluster` before the paths. */
function suiteOf(args: string[]): [SuiteName, string[]] {
  return args[0] === '--suite=cluster' ? ['cluster', args.slice(1)] : ['all', args]
}

/** One file after the other: each has the machine for itself, and brings its own containers. */
async function testCluster(paths: string[]): Promise<void> {
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true' // its image is not everywhere; the tests clean up themselves
  await runFiles(findTestFiles('cluster', paths), { concurrency: 1 })
}

async function runOnServers(files: string[], servers: RunServers): Promise<void> {
  for (const line of servers.says) report.say(line)
  Object.assign(process.env, servers.env) // inherited by the runner's children
  // The tests of the whole and of the services come first: they are the long ones, and none is left alone at the end.
  // Two more than there are cores: most tests wait for a server most of the time.
  await runFiles(files.toReversed(), { concurrency: availableParallelism() + 2 })
}

/** Hands the runner's events to the report, file by file. */
async function runFiles(files: string[], { concurrency }: { concurrency: number }): Promise<void> {
  const events = run({
    files,
    execArgv: ['--conditions=goftegu-source'],
    concurrency,
    timeout: testTimeoutMs,
    signal: stopping.signal,
  })
  report.expect(files, { isLive: suite === 'cluster' })
  await Promise.race([takeAll(events), untilStopped()])
  stopping.signal.throwIfAborted()
}

async function takeAll(events: AsyncIterable<TestEvent>): Promise<void> {
  const silence = setTimeout(() => stop(`nothing was heard for ${silenceMs / 1_000} s`), silenceMs).unref()
  for await (const event of events) {
    silence.refresh()
    report.take(event)
  }
}

/** Resolves a little after the abort: the runner has sent SIGTERM to the files, and nobody waits for them longer. */
async function untilStopped(): Promise<void> {
  await once(stopping.signal, 'abort')
  await setTimeoutPromise(graceMs)
}
