// People who do not stay: sockets break off and come back, groups change, people come and go.
import { setTimeout as delay } from 'node:timers/promises'
import type { Crowd } from './crowd.ts'
import type { GroupChanges } from './group-changes.ts'
import { oneOf, type Random } from './random.ts'

export type ChurnOptions = {
  random: Random
  /** Absent: members stay as they are. */
  groups?: GroupChanges
  /** A socket breaks off each time, and with every second one a group changes. */
  everyMs: number
}

/** Goes on until `signal` is aborted; what the deployment refuses meanwhile is tried again another time. */
export async function churn(crowd: Crowd, { random, groups, everyMs }: ChurnOptions, signal: AbortSignal) {
  const over = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
  for (let n = 0; !signal.aborted; n++) {
    oneOf(random, crowd.present).breakOff({ inOrder: random() < 0.5 })
    // Somebody who cannot come in yet is no harm; whoever still is not in at the end is judged with everybody.
    if (n % 2 === 0) await Promise.race([changeOf(groups, n / 2), over])
    await delay(everyMs, undefined, { signal }).catch(() => {})
  }
}

/** PostgreSQL may be away: then nothing has changed, or nobody knows. */
async function changeOf(groups: GroupChanges | undefined, n: number): Promise<void> {
  await groups?.change(n).catch(() => {})
}
