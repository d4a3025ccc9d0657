// A chaos run from nothing: its processes, its seed, and all of it undone after the test.
import type { TestContext } from 'node:test'
import { chaosRun, type Outcome } from './chaos.ts'
import type { CrowdOptions } from './crowd.ts'
import { startDriver } from './driver.ts'
import { inReverse } from './in-reverse.ts'
import { startInstallation } from './installation.ts'
import { type KillOptions, killGateways } from './kills.ts'

/** Another one each time; to have a run again, set the one that a failure printed. */
export const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31))

type Options = Partial<CrowdOptions> &
  Pick<KillOptions, 'kills' | 'harm'> & {
    /** The Redis to use, if not the shared one. */
    redis?: { url: string; prefix: string }
  }

/** Starts an installation, and kills its gateways under load. */
export async function startChaos(
  t: TestContext,
  { kills, harm, redis, ...options }: Options,
): Promise<Outcome & { repairMs: number[] }> {
  t.diagnostic(`seed ${seed}`)
  const life = inReverse(t)
  const installation = await startInstallation(life, { redis })
  const driver = await startDriver(life, installation)
  const crowd = { deployment: installation, driver, seed, conversations: 8, ...options }
  const outcome = await chaosRun(crowd, crowd => killGateways(crowd, { installation, driver, seed, kills, harm }))
  return { ...outcome, repairMs: outcome.measured }
}
