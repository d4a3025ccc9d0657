// `npm run soak`: hours of random faults, and of people who come and go, and what is left of messages and memory.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { repository } from '../documents/markdown.ts'
import { numberOption } from '../number-option.ts'
import { interruption } from '../replicas/endings.ts'
import { isClean } from '../replicas/findings.ts'
import { inReverse } from '../replicas/in-reverse.ts'
import { print } from './report.ts'
import { soak } from './soak.ts'

const usage = `Usage: npm run soak -- [options]
  --hours N          how long (2); Ctrl-C ends it early, with the judgement
  --minutes N        the same in minutes
  --conversations N  at a time, of 4 people each, and of those who come and go (4)
  --seed N           the seed that an earlier run printed
  --json FILE        where to write what was found (.cache/soak.json)`

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '2' },
    minutes: { type: 'string' },
    conversations: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    json: { type: 'string', default: join(repository, '.cache', 'soak.json') },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(usage)
else process.exit(await main())

async function main(): Promise<number> {
  const seed = numberOption('seed', values.seed)
  const hours = numberOption('hours', values.hours)
  const minutes = values.minutes === undefined ? hours * 60 : numberOption('minutes', values.minutes)
  console.log(`seed ${seed}; ${minutes} minutes`)
  const endings: (() => unknown)[] = []
  const life = inReverse({ after: ending => endings.push(ending) })
  try {
    const options = {
      seed,
      lastsMs: minutes * 60_000,
      conversations: numberOption('conversations', values.conversations),
    }
    const soaked = await soak(life, { ...options, interrupted: interruption() })
    const machine = `${cpus().length} cores, Node ${process.version}`
    mkdirSync(dirname(values.json), { recursive: true })
    writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), machine, seed, ...soaked })}\n`)
    print(soaked)
    return isClean(soaked.findings, { mayReload: false }) && soaked.leftovers.length === 0 ? 0 : 1
  } finally {
    for (const ending of endings) await ending()
  }
}
