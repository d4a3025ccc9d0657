// A soak from nothing: its servers, its crowds, its faults, and what is left in the end.
import { type Cleanup, eventually } from '@goftegu/testkit'
import { churn } from '../replicas/churn.ts'
import { modestPace } from '../replicas/crowd.ts'
import { crowds } from '../replicas/crowds.ts'
import { startDriver } from '../replicas/driver.ts'
import { type Findings, linesOf } from '../replicas/findings.ts'
import { GroupChanges } from '../replicas/group-changes.ts'
import { randomOf } from '../replicas/random.ts'
import { type Damage, weather } from '../replicas/weather.ts'
import { faultsUntil, type SoakFault } from './faults.ts'
import { type Growth, growthOf } from './growth.ts'
import { Journal, type Suffered } from './journal.ts'
import { leftoversOf } from './leftovers.ts'
import { type Sample, Sampler, samplesNow } from './samples.ts'
import { type Scene, startScene } from './scene.ts'

export type SoakOptions = {
  seed: number
  lastsMs: number
  conversations: number
  /** Ends it early. */
  interrupted: AbortSignal
}

export type Soaked = {
  minutes: number
  findings: Findings
  faults: Suffered[]
  growth: Growth[]
  /** What is held when nobody is there: before the first crowd, and after the last. */
  idle: { before: Sample[]; after: Sample[] }
  /** What is held after the last that was not before the first, one sentence each. */
  leftovers: string[]
  samples: readonly Sample[]
}

/** So long one crowd writes before it is judged and another comes: what it heard is kept in memory until then. */
const mostWindowMs = 180_000
const breakOffEveryMs = 1_000
/** The API dies only in the beginning, so that one of its lives is long enough to be watched. */
const shareInWhichApiDies = 0.25
const forgottenWithinMs = 120_000

export async function soak(life: Cleanup, { seed, lastsMs, conversations, interrupted }: SoakOptions): Promise<Soaked> {
  const scene = await startScene(life)
  const driver = await startDriver(life, scene.installation)
  const journal = new Journal()
  const before = await samplesNow(scene, 0)
  const beganMs = performance.now()
  const minutes = () => (performance.now() - beganMs) / 60_000
  const mayEndApi = () => minutes() * 60_000 < lastsMs * shareInWhichApiDies
  const sampler = new Sampler(scene)
  const findings = await crowds({
    crowd: { deployment: scene.installation, driver, seed, conversations, paces: modestPace },
    windowMs: Math.min(mostWindowMs, lastsMs / 2),
    ...{ lastsMs, interrupted },
    storm: async (crowd, seed, signal) => {
      const faults = faultsUntil(signal, scene, randomOf(seed, 'faults'), mayEndApi)
      const says = (fault: SoakFault, damage: Damage) =>
        console.log(`${minutes().toFixed(1).padStart(6)}  ${journal.suffered(fault, damage)}`)
      const random = randomOf(seed, 'churn')
      const groups = new GroupChanges({ crowd, driver, seed, random })
      await meanwhile(weather(crowd, scene.installation.database, faults, undefined, says), calm =>
        churn(crowd, { random, groups, everyMs: breakOffEveryMs }, calm),
      )
    },
    says: findings => console.log(`${linesOf(findings).slice(0, 2).join('\n')}\n${sampler.line()}`),
  })
  const samples = await sampler.stop()
  const idle = { before, after: await samplesWhenForgotten(scene, before) }
  const leftovers = leftoversOf(idle)
  return { minutes: minutes(), findings, faults: journal.faults(), growth: growthOf(samples), idle, leftovers, samples }
}

/** Does `beside` until `main` is over, and waits for both. @throws what either of them throws */
async function meanwhile(main: Promise<unknown>, beside: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const over = new AbortController()
  const both = [main.finally(() => over.abort()), beside(over.signal)]
  for (const result of await Promise.allSettled(both)) {
    if (result.status === 'rejected') throw result.reason
  }
}

/** Nobody is there any more: as soon as nothing is left over, or after 2 minutes. HTTP connections are kept for 72 s. */
async function samplesWhenForgotten(scene: Scene, before: Sample[]): Promise<Sample[]> {
  const areForgotten = async () => {
    const after = await samplesNow(scene, 0)
    return leftoversOf({ before, after }).length === 0 ? after : undefined
  }
  const waiting = { ms: forgottenWithinMs, everyMs: 1_000, what: 'the processes to forget' }
  return eventually(areForgotten, waiting).catch(() => samplesNow(scene, 0))
}
