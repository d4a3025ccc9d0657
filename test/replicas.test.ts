// Two gateways and one API on one Redis and one PostgreSQL: nothing is lost when a gateway is killed, again and again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noViolations } from '@goftegu/testkit'
import { seed, startChaos } from './replicas/start-chaos.ts'

/** Fewer while one works on this, more for a long run. */
const kills = Number(process.env.CHAOS_KILLS ?? 20)
/** That each kill meets work under way; a quiet machine makes four times as many. */
const leastSendsPerKill = 50

test(`two gateways and one API: kill -9 of a gateway, ${kills} times, under load`, async t => {
  const { verdict, diverged, refusals, setbacks, resyncs, volume, changes, sends, sendsPerSecond, repairMs } =
    await startChaos(t, { kills, conversations: 8, paces: { socket: 8, rest: 3, guest: 1 } }) // 152 a second when nobody is away
  t.diagnostic(`attempts, and events handed over: ${JSON.stringify(volume)}; changes: ${JSON.stringify(changes)}`)
  t.diagnostic(`found: ${JSON.stringify(verdict.counts())}`)
  t.diagnostic(`${Math.round(sendsPerSecond)} sends/s; last reader caught up after ${quantiles(repairMs)}`)
  const again = `to have it again: CHAOS_SEED=${seed}`
  assert.deepEqual(verdict.counts(), noViolations, `${verdict.evidence.join('\n')}\n${again}`)
  assert.deepEqual(diverged, [], `what these show differs from a fresh fetch; ${again}`)
  assert.deepEqual([...new Set(refusals)], [], again)
  assert.deepEqual([...new Set(setbacks)], [], again)
  assert.equal(resyncs, 0, again)
  assert.ok(sends >= kills * leastSendsPerKill, `only ${sends} sends`)
})

function quantiles(numbers: number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]!)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`
}
