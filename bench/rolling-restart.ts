// What a restart, or the sudden death, of all gateways does to thousands of sockets, and to PostgreSQL.
import { loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Database } from '@goftegu/database'
import { createCrowd } from './drain/crowd.ts'
import { type Installation, startInstallation } from './drain/installation.ts'
import { peakPerSecond, RateMeter } from './drain/rates.ts'
import { allTogether, spreadOut } from './drain/return-delay.ts'
import { readHeads, readState } from './drain/stored-state.ts'
import { residentMiB } from './process-costs.ts'
import { life, runBench } from './run-bench.ts'
import { seed } from './seed.ts'

const usage = `Usage: npm run bench:drain -- [options]
  --sockets N        in all (5000), in --conversations N (500)
  --gateways N       processes behind HAProxy (3), each with --rate N upgrades a second (200)
  --writes N         messages a second, over REST, all the while (100)
  --all-at-once      stop all gateways together, and start them 2 s after their ends
  --kill             kill -9 all gateways together, and start them 2 s later
  --no-jitter        the control: clients come back at once and all together, and then each second`

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '5000' },
    conversations: { type: 'string', default: '500' },
    gateways: { type: 'string', default: '3' },
    rate: { type: 'string', default: '200' },
    writes: { type: 'string', default: '100' },
    'all-at-once': { type: 'boolean', default: false },
    kill: { type: 'boolean', default: false },
    'no-jitter': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const [sockets, conversations, rate] = [Number(values.sockets), Number(values.conversations), Number(values.rate)]

/** How long nothing is done, to see what is usual. */
const steadyMs = 10_000
const supervisorMs = 2_000
const backDeadlineMs = 120_000

await runBench(main, { help: values.help, usage })

async function main(): Promise<void> {
  const installation = await startInstallation(life, { gateways: Number(values.gateways), upgradesPerSecond: rate })
  const { databaseUrl, gateways, apiTrips, port, apiUrl } = installation
  const seeded = await seed(databaseUrl, { conversations, members: Math.ceil(sockets / conversations) })
  const database = new Database({ url: databaseUrl, applicationName: 'bench' })
  life.after(() => database.close())
  const returnDelay = values['no-jitter'] ? allTogether : spreadOut
  const crowd = createCrowd(seeded, { port, apiUrl, perSecond: Number(values.writes), returnDelay })
  life.after(() => crowd.stop())
  const trips = () => apiTrips.count + gateways.reduce((sum, gateway) => sum + gateway.trips.count, 0)
  const meter = new RateMeter(trips)
  life.after(() => meter.stop())

  const emptyMiB = gateways.map(({ pid }) => residentMiB(pid))
  await crowd.arrive(rate)
  const growthKiB = (gateways.reduce((sum, { pid }, i) => sum + residentMiB(pid) - emptyMiB[i]!, 0) * 1024) / crowd.size
  crowd.writers.start()
  await pause(2_000) // connections of the pools open with the first load
  const beforeMs = performance.now()
  await pause(steadyMs)
  const drainMs = performance.now()
  const reopened = crowd.journal.opened.length
  const attempted = crowd.journal.attemptedMs.length
  crowd.journal.refusals.clear()
  const drains = values['all-at-once'] || values.kill ? [await restart(gateways, supervisorMs)] : await restartEach()
  const afterMs = performance.now()
  await pause(steadyMs)
  const endMs = performance.now()
  await crowd.writers.stop()
  await crowd.caughtUp(await readHeads(database), 30_000)
  const state = await readState(database)
  const verdict = crowd.oracle.judge(state)
  report()

  async function restartEach() {
    const drains = []
    for (const gateway of gateways) drains.push(await restart([gateway], 0))
    return drains
  }

  async function restart(stopped: Installation['gateways'], restMs: number) {
    const beganMs = performance.now()
    const tookMs = await Promise.all(
      stopped.map(async gateway => {
        const took = await (values.kill ? gateway.kill() : gateway.stop())
        await pause(restMs)
        await gateway.startAgain()
        return took
      }),
    )
    await crowd.allBack(backDeadlineMs)
    return { stopMs: Math.max(...tookMs), backMs: performance.now() - beganMs }
  }

  function report(): void {
    const { journal } = crowd
    const opened = journal.opened.slice(reopened)
    const attempts = journal.attemptedMs.slice(attempted)
    const servers = Map.groupBy(opened, ({ server }) => server)
    const away = opened.map(({ awayMs }) => awayMs).sort((a, b) => a - b)
    const [before, during, after] = [
      meter.between(beforeMs, drainMs),
      meter.between(drainMs, afterMs),
      meter.between(afterMs, endMs),
    ]
    const beyond = during.total - ((before.mean + after.mean) / 2) * ((afterMs - drainMs) / 1_000)
    const volume = crowd.oracle.volume()
    const delays = (ms: number[]) => (ms.length === 0 ? 'none' : `${Math.min(...ms)} to ${Math.max(...ms)} ms`)
    const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
    const lines = [
      `${crowd.size} sockets in ${conversations} conversations, ${gateways.length} gateways at ${rate} upgrades/s, ${values.writes} messages/s`,
      `stopped               ${drains.map(({ stopMs }) => seconds(stopMs)).join(', ')}`,
      `all back, restarted   ${drains.map(({ backMs }) => seconds(backMs)).join(', ')}`,
      `away per socket       p50 ${seconds(away[away.length >> 1] ?? 0)}, p99 ${seconds(away[Math.floor(away.length * 0.99)] ?? 0)}, most ${seconds(away.at(-1) ?? 0)}`,
      `delays asked for      ${delays(journal.delaysMs)}; closes ${JSON.stringify([...journal.closeCodes])}`,
      `attempts/s            peak ${peakPerSecond(attempts)}`,
      `connects/s            peak ${peakPerSecond(opened.map(({ atMs }) => atMs))}, mean ${(opened.length / ((afterMs - drainMs) / 1_000)).toFixed(0)}`,
      `refused or broken     ${JSON.stringify(Object.fromEntries(journal.refusals))}`,
      ...[...servers].map(
        ([server, list]) =>
          `  ${server}           ${list.length}, peak ${peakPerSecond(list.map(({ atMs }) => atMs))}/s`,
      ),
      `round trips/s         before ${before.mean.toFixed(0)} (peak ${before.peak}), during ${during.mean.toFixed(0)} (peak ${during.peak}), after ${after.mean.toFixed(0)} (peak ${after.peak})`,
      `                      peak during ÷ mean before ${(during.peak / before.mean).toFixed(2)}; beyond the usual, per reconnect ${(beyond / opened.length).toFixed(2)}`,
      `memory                ${growthKiB.toFixed(1)} KiB per socket; resident now ${gateways.map(({ pid }) => residentMiB(pid).toFixed(0)).join(', ')} MiB`,
      `load average          ${loadavg()
        .map(load => load.toFixed(1))
        .join(', ')}`,
      `oracle                ${JSON.stringify(verdict.counts())} of ${volume.ok} messages, ${volume.handed} events`,
      ...verdict.evidence.slice(0, 5),
    ]
    console.log(lines.join('\n'))
  }
}
