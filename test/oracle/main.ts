// `npm run oracle`: loads a deployment that somebody else runs, and breaks, and says whether it kept its promise.
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Database } from '@goftegu/database'
import { numberOption } from '../number-option.ts'
import { churn } from '../replicas/churn.ts'
import { type Crowd, modestPace } from '../replicas/crowd.ts'
import { crowds } from '../replicas/crowds.ts'
import type { Deployment } from '../replicas/deployment.ts'
import { startDriver } from '../replicas/driver.ts'
import { interruption } from '../replicas/endings.ts'
import { isClean, linesOf } from '../replicas/findings.ts'
import { GroupChanges } from '../replicas/group-changes.ts'
import { addPeople } from '../replicas/people.ts'
import { randomOf } from '../replicas/random.ts'
import { Rest } from '../replicas/rest.ts'
import { readHeads } from '../replicas/stored-state.ts'

const usage = `Usage: npm run oracle -- --url URL --database-url URL [options]
  --url URL            where REST is: http://host:port
  --database-url URL   the deployment's PostgreSQL: its users are made and its state is judged there
  --gateway URL        where sockets are, as often as there are entrances (the same as --url)
  --redis-url URL      the deployment's Redis, to announce changes of members; without it there are none
  --redis-prefix TEXT  as REDIS_PREFIX (goftegu:)
  --seconds N          how long people write (60); Ctrl-C ends it early, with the judgement
  --conversations N    at a time, of 4 people each (4)
  --patience N         how many seconds all may take in the end to have every answer and every event (100)
  --seed N             the seed that an earlier run printed
Break the deployment meanwhile as you like, and mend it. It adds users and conversations of its own, and touches nothing
else. Ends with 1 where something was lost, duplicated, reordered, phantom, leaked or diverged, where somebody never had
everything, and where an answer was none of the contract. Told to reload is only said: a failover does that.`

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    'database-url': { type: 'string' },
    gateway: { type: 'string', multiple: true },
    'redis-url': { type: 'string' },
    'redis-prefix': { type: 'string', default: 'goftegu:' },
    seconds: { type: 'string', default: '60' },
    conversations: { type: 'string', default: '4' },
    patience: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    help: { type: 'boolean', default: false },
  },
})
const seed = numberOption('seed', values.seed)
const lastsMs = numberOption('seconds', values.seconds) * 1_000
const settleMs = numberOption('patience', values.patience) * 1_000
const conversations = numberOption('conversations', values.conversations)
const breakOffEveryMs = 1_000
const progressEveryMs = 2_000
const windowMs = 300_000

if (values.help || !values.url || !values['database-url']) {
  console.log(usage)
  process.exit(values.help ? 0 : 2)
}
await main(values.url, values['database-url'])

async function main(url: string, databaseUrl: string): Promise<void> {
  const database = new Database({ url: databaseUrl, applicationName: 'the oracle' })
  await database.connect()
  const deployment = deploymentOf(url, database)
  await belongTogether(deployment)
  const steps: (() => unknown)[] = []
  const driver = await startDriver({ after: step => steps.push(step) }, deployment)
  console.log(`seed ${seed}${deployment.redis ? '' : '; no --redis-url: members and names of groups stay as they are'}`)
  const options = { deployment, driver, seed, conversations, paces: modestPace }
  const findings = await crowds({
    crowd: { ...options, settleMs },
    ...{ windowMs, lastsMs, interrupted: interruption() },
    storm: async (crowd, seed, signal) => {
      const random = randomOf(seed, 'churn')
      const groups = deployment.redis && new GroupChanges({ crowd, driver, seed, random })
      const churning = churn(crowd, { random, groups, everyMs: breakOffEveryMs }, signal)
      await Promise.all([churning, sayProgress(crowd, database, signal)])
      console.log('nobody writes any more; waiting until everybody has everything')
    },
  })
  console.log(linesOf(findings).join('\n'))
  for (const step of steps) await step()
  await database.close()
  process.exit(isClean(findings, { mayReload: true }) ? 0 : 1)
}

function deploymentOf(url: string, database: Database): Deployment {
  const entrances = (values.gateway ?? [url]).map(url => ({ url: withoutSlash(url) }))
  const redis = values['redis-url'] ? { url: values['redis-url'], prefix: values['redis-prefix'] } : undefined
  return { apiUrl: withoutSlash(url), entrances, database, redis }
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '')
}

/** @throws Error where `--url` does not know a user who was added at `--database-url` */
async function belongTogether({ apiUrl, database }: Deployment): Promise<void> {
  const [person] = await addPeople(database, ['oracle'])
  const { status } = await new Rest(apiUrl, person!.token).call('GET', '/api/conversations/')
  if (status === 200) return
  throw new Error(`${apiUrl} answered ${status} to a user of --database-url: is this the database behind it?`)
}

async function sayProgress(crowd: Crowd, database: Database, signal: AbortSignal): Promise<void> {
  const ids = crowd.conversations.map(({ id }) => id)
  while (!signal.aborted) {
    const { ok, unknown } = crowd.oracle.volume()
    const heads = await readHeads(database, ids).catch(() => undefined)
    const behind = crowd.present.filter(client => client.isBehind(heads?.get(client.conversationId) ?? 0)).length
    const readers = heads ? `${behind} of ${crowd.present.length} readers behind` : 'PostgreSQL does not answer'
    console.log(`${ok} acknowledged, ${unknown} without an answer; ${readers}`)
    await delay(progressEveryMs, undefined, { signal }).catch(() => {})
  }
}
