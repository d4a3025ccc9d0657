// The real images behind the real load balancer: the contract, every fault under load, and the contract once more.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Chat } from '@goftegu/chat'
import { noViolations } from '@goftegu/testkit'
import { contractSuite } from '../contract/contract-suite.ts'
import { chaosRun } from '../replicas/chaos.ts'
import { startDriver } from '../replicas/driver.ts'
import { GroupChanges } from '../replicas/group-changes.ts'
import { inReverse } from '../replicas/in-reverse.ts'
import { randomOf } from '../replicas/random.ts'
import { seed } from '../replicas/start-chaos.ts'
import { weather } from '../replicas/weather.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { allDeeds, everyFault, kindCount } from './faults.ts'
import { findImages } from './images.ts'
import { socketsOf } from './sockets-of.ts'
import { type Suffered, tableOf } from './storm.ts'

/** More for a longer run; each does every deed to every kind of part once. */
const rounds = Number(process.env.CHAOS_ROUNDS ?? 1)
/** `kill` alone, or all of them. */
const deeds = [...new Set((process.env.CHAOS_DEEDS ?? allDeeds.join()).split(','))]
// Misspelt, they would be a test of nothing.
assert.ok(Number.isInteger(rounds) && rounds > 0, `CHAOS_ROUNDS must be a whole number from 1 on, not ${rounds}`)
const unknownDeeds = deeds.filter(deed => !allDeeds.some(known => known === deed))
assert.deepEqual(unknownDeeds, [], `CHAOS_DEEDS must be of ${allDeeds.join()}`)
/** Cold, on a machine that does much else, with everything to build. */
const buildWithinMs = 20 * 60_000
const stormWithinMs = 20 * 60_000

const life = inReverse({ after })
let cluster: Cluster
let driver: Chat
const urlOf = () => cluster.apiUrl

before(
  async () => {
    const beganMs = performance.now()
    const images = await findImages()
    const builtMs = performance.now()
    cluster = await startCluster(life, images, { apis: 2, gateways: 3 })
    driver = await startDriver(life, cluster)
    const seconds = (fromMs: number, toMs: number) => ((toMs - fromMs) / 1_000).toFixed(1)
    console.log(`${images.from}: ${seconds(beganMs, builtMs)} s`)
    console.log(`2 api, 3 gateways, PostgreSQL, Redis, HAProxy ready: ${seconds(builtMs, performance.now())} s`)
  },
  { timeout: buildWithinMs },
)

const tally = contractSuite('the contract, through the load balancer', urlOf)

test('sockets are spread over all gateways, and no contract case was left out', async t => {
  t.diagnostic(`contract cases held through the load balancer: ${tally.held} of ${tally.of}`)
  assert.equal(tally.held, tally.of)
  const counts = await socketsOf(cluster, driver)
  t.diagnostic(`sockets at the gateways: ${counts.join(', ')}`)
  assert.ok(
    counts.every(count => count > 0),
    `${counts}`,
  )
})

test('every part killed, frozen and cut off under load: nothing is lost', { timeout: stormWithinMs }, async t => {
  t.diagnostic(`seed ${seed}; to have it again: CHAOS_SEED=${seed}`)
  const random = randomOf(seed, 'faults')
  const faults = Array.from({ length: rounds }, () => everyFault(cluster, random))
    .flat()
    .filter(({ deed }) => deeds.includes(deed))
  const paces = { socket: 3, rest: 1, guest: 1 }
  const suffered: Suffered[] = []
  const { verdict, diverged, refusals, setbacks, resyncs, sentAway, deadSockets, volume, changes } = await chaosRun(
    { deployment: cluster, driver, seed, conversations: 6, paces },
    crowd => {
      const groups = new GroupChanges({ crowd, driver, seed, random })
      return weather(crowd, cluster.database, faults, groups, (fault, damage) => {
        suffered.push({ ...fault, ...damage })
        console.log(tableOf(suffered).at(-1))
      })
    },
  )
  for (const line of tableOf(suffered)) t.diagnostic(line)
  t.diagnostic(`n = ${suffered.length} faults; attempts, and events handed over: ${JSON.stringify(volume)}`)
  t.diagnostic(`changes: ${JSON.stringify(changes)}; dead sockets found by clients: ${deadSockets}`)
  t.diagnostic(`answers of unknown outcome, by kind: ${JSON.stringify(countsOf(setbacks))}`)
  t.diagnostic(`found: ${JSON.stringify(verdict.counts())}`)
  t.diagnostic(`told to reload: ${resyncs}; sent away: ${sentAway.join('; ')}`)
  assert.equal(suffered.length, rounds * deeds.length * kindCount)
  assert.deepEqual(verdict.counts(), noViolations, verdict.evidence.join('\n'))
  assert.deepEqual(diverged, [], 'what these show differs from a fresh fetch')
  assert.deepEqual([...new Set(refusals)], [])
  assert.equal(resyncs, 0)
})

const tallyAfter = contractSuite('the contract once more, after all that', urlOf)

test('the contract held after the faults too', t => {
  t.diagnostic(`contract cases held after the faults: ${tallyAfter.held} of ${tallyAfter.of}`)
  assert.equal(tallyAfter.held, tallyAfter.of)
})

function countsOf(words: string[]): Record<string, number> {
  const groups = Map.groupBy(words, word => word)
  return Object.fromEntries([...groups].map(([word, { length }]) => [word, length]))
}
