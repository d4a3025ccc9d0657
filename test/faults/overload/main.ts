// `npm run bench:overload`: each scenario of overload against an installation of its own, and what it measured.
import { randomBytes } from 'node:crypto'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type Cleanup, startRunServers } from '@goftegu/testkit'
import type { Overload, Scenario } from './scenario.ts'
import { scenarios } from './scenarios.ts'

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, help: { type: 'boolean', default: false } },
})

const wanted = Object.entries(scenarios).flatMap(([name, scenario]) => (name.includes(values.only) ? [scenario] : []))

if (values.help || wanted.length === 0) {
  console.log(
    `Usage: npm run bench:overload -- [--only TEXT]\n  TEXT is part of one of: ${Object.keys(scenarios).join(', ')}`,
  )
  process.exitCode = values.help ? 0 : 2
} else await main()

async function main(): Promise<void> {
  const servers = await startRunServers(randomBytes(4).toString('hex'))
  Object.assign(process.env, servers.env) // what testkit starts from now on shares them
  let isKept = true
  try {
    for (const scenario of wanted) {
      const overload = await alone(scenario)
      isKept &&= overload.verdict.length === 0
      print(overload)
    }
  } finally {
    await servers.close()
  }
  process.exit(isKept ? 0 : 1)
}

async function alone(scenario: Scenario): Promise<Overload> {
  const steps: (() => unknown)[] = []
  const life: Cleanup = { after: step => steps.push(step) }
  try {
    return await scenario(life)
  } finally {
    for (const step of steps.reverse()) await step()
  }
}

function print({ name, figures, verdict, counts, acknowledged }: Overload): void {
  const load = loadavg().map(load => load.toFixed(1))
  console.log(`${verdict.length === 0 ? 'ok  ' : 'FAIL'} ${name} (load average ${load.join(', ')})`)
  for (const [figure, value] of Object.entries(figures)) console.log(`     ${figure.padEnd(40)} ${value}`)
  const found = Object.entries(counts).map(([count, number]) => `${count} ${number}`)
  console.log(`     ${`of ${acknowledged} acknowledged`.padEnd(40)} ${found.join(', ')}`)
  for (const sentence of verdict) console.log(`     ${sentence}`)
}
