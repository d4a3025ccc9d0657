// `npm run test:faults`: every fault under load with the oracle, then each again with one mechanism switched off.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { inspect, parseArgs } from 'node:util'
import { type Cleanup, noViolations, startRunServers, within } from '@goftegu/testkit'
import { numberOption } from '../number-option.ts'
import { controlLine, faultLine, type Line, type Report, textOf, untilFound } from './report.ts'
import type { Circumstances, Result, Row } from './row.ts'
import { controls as allControls, rows } from './rows.ts'
import { sabotages } from './sabotage.ts'

const usage = `Usage: npm run test:faults -- [options]
  --short        fewer runs, without what takes long: under 4 minutes
  --only TEXT    rows and controls whose words hold TEXT
  --seed N       the seed that a failure printed
  --json FILE    where to write what was found (docs/faults.json for a whole table, nowhere otherwise)`

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    seed: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : numberOption('seed', values.seed)
/** More would need more connections than one PostgreSQL has. */
const lanes = Math.min(availableParallelism(), 4)
/** The longest takes two minutes on a quiet machine. */
const rowDeadlineMs = 600_000
const isWhole = !values.short && values.only === ''

if (values.help) console.log(usage)
else await main()

async function main(): Promise<void> {
  const tasks = [...faultsWanted(), ...controlsWanted()]
  if (tasks.length === 0) {
    console.error(`No row${values.short ? ' of the short table' : ''} and no control has the words "${values.only}".`)
    process.exit(2)
  }
  const beganMs = performance.now()
  const servers = await startRunServers(randomBytes(4).toString('hex'))
  Object.assign(process.env, servers.env) // what testkit starts from now on shares them
  console.log(`seed ${seed}; to have it again: --seed ${seed}`)
  let faults: Line[] = []
  let controls: Line[] = []
  try {
    // Most rows wait for most of their time; a few more than one at once keep the machine busy, and not too busy.
    const lines = await inLanes(lanes, tasks)
    faults = lines.filter(({ without }) => without === undefined)
    controls = lines.filter(({ without }) => without !== undefined)
  } finally {
    await servers.close()
  }
  const seconds = Math.round((performance.now() - beganMs) / 1_000)
  const file = values.json ?? (isWhole ? fileURLToPath(new URL('../../docs/faults.json', import.meta.url)) : undefined)
  if (file) writeFileSync(file, `${JSON.stringify(reportOf({ faults, controls }, seconds), null, 2)}\n`)
  const lines = [...faults, ...controls]
  const failed = lines.filter(({ isAsExpected }) => !isAsExpected)
  console.log(`${seconds} s\n${lines.length - failed.length} passed, ${failed.length} failed`)
  process.exit(failed.length === 0 ? 0 : 1)
}

function isWanted({ fault }: Pick<Row, 'fault'>, without = ''): boolean {
  return `${fault} ${without}`.includes(values.only)
}

function faultsWanted(): (() => Promise<Line>)[] {
  return rows
    .filter(row => isWanted(row))
    .flatMap(row => {
      const runs = row.runs[values.short ? 'short' : 'whole']
      if (runs === 0) return []
      return async () => print(await attempt(row, { seed, runs }), result => faultLine(row, { seed, runs }, result))
    })
}

function controlsWanted(): (() => Promise<Line>)[] {
  return allControls
    .filter(({ row, sabotage }) => isWanted(row, `${sabotage} ${sabotages[sabotage]}`))
    .map(control => async () => {
      const { result, tries } = await untilFound(control, async n => {
        if (n > 0) console.log(`again ${control.row.fault}, without ${sabotages[control.sabotage]}: it found no harm`)
        return attempt(control.row, { ...control, seed: seed + n })
      })
      return print(result, result => controlLine(control, { seed, tries }, result))
    })
}

/** Runs so many at once, in their order. Answers in their order too. */
async function inLanes(lanes: number, tasks: readonly (() => Promise<Line>)[]): Promise<Line[]> {
  const lines: Line[] = []
  const queue = [...tasks.entries()]
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) lines[next[0]] = await next[1]()
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return lines
}

function print(result: Result, lineOf: (result: Result) => Line): Line {
  const line = lineOf(result)
  console.log(textOf(line))
  if (!line.isAsExpected)
    for (const sentence of [...result.broken, ...result.evidence]) console.log(`       ${sentence}`)
  return line
}

/** One row with a life of its own. What breaks down has found nothing, and is no success. */
async function attempt(row: Row, circumstances: Circumstances): Promise<Result> {
  const steps: (() => unknown)[] = []
  const life: Cleanup = { after: step => steps.push(step) }
  try {
    return await within(row.run(life, circumstances), rowDeadlineMs, 'the row to end')
  } catch (error) {
    const nothing = {
      counts: noViolations,
      acknowledged: 0,
      behindMs: [],
      unavailableMs: null,
      broken: [],
      figures: {},
      removals: 0,
    }
    return { ...nothing, evidence: [inspect(error)] }
  } finally {
    await within(undo(steps), rowDeadlineMs, 'what the row started to end').catch(error => console.error(error))
  }
}

async function undo(steps: (() => unknown)[]): Promise<void> {
  for (const step of steps.reverse()) await step()
}

function reportOf(found: Pick<Report, 'faults' | 'controls'>, seconds: number): Report {
  const date = new Date().toISOString().slice(0, 10)
  return { date, machine: `${cpus().length} cores, Node ${process.version}`, seconds, ...found }
}
