// A storm on processes: `kill -9` of a gateway, or another harm, again and again, while groups change.
import { setTimeout as delay } from 'node:timers/promises'
import type { Chat } from '@goftegu/chat'
import { everybodyReached } from './chaos.ts'
import type { Crowd } from './crowd.ts'
import { GroupChanges } from './group-changes.ts'
import type { Installation, Replica } from './installation.ts'
import { oneOf, randomOf } from './random.ts'
import { readHeads } from './stored-state.ts'

export type KillOptions = {
  installation: Installation
  driver: Chat
  seed: number
  kills: number
  /** What is done instead of killing a gateway; answers what is left to do once every reader has caught up. */
  harm?: (n: number) => Promise<() => Promise<unknown>>
}

/** Answers, for each kill or other harm, how long it took until the last reader had what was committed by then. */
export async function killGateways(crowd: Crowd, { installation, driver, seed, kills, harm }: KillOptions) {
  const random = randomOf(seed, 'chaos')
  const groups = new GroupChanges({ crowd, driver, seed, random })
  const repairMs: number[] = []
  await delay(300 + random() * 200)
  for (let n = 0; n < kills; n++) {
    const victim = oneOf(random, installation.gateways)
    const changes = groups.change(n)
    repairMs.push(await harmOnce(crowd, installation, () => (harm ? harm(n) : kill(victim))))
    await changes
    if (!harm) for (const client of crowd.present) if (installation.gateways[client.home] === victim) client.goHome()
    // Sometimes the next kill meets clients that are still on their way.
    await delay(random() * 400)
  }
  return repairMs
}

/** Kills the victim, and begins to start it again. */
async function kill(victim: Replica): Promise<() => Promise<unknown>> {
  await victim.kill()
  const restarted = victim.startAgain()
  return () => restarted
}

async function harmOnce(
  crowd: Crowd,
  { database }: Installation,
  harm: () => Promise<() => Promise<unknown>>,
): Promise<number> {
  const mend = await harm()
  const beganMs = performance.now()
  const heads = await readHeads(database)
  await everybodyReached(crowd, heads, crowd.settleMs)
  const tookMs = performance.now() - beganMs
  await mend()
  return tookMs
}
