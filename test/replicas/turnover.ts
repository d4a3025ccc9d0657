// While a fault lasts, members of groups go, best those who are on their way back, and others come.
import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '@goftegu/testkit'
import type { Crowd } from './crowd.ts'
import type { GroupChanges } from './group-changes.ts'
import type { Fault } from './weather.ts'

const everyMs = 1_000
/** A fault takes so long to be noticed by those who lose their sockets. */
const noticedWithinMs = 100
const lookMs = 10

type Groups = Pick<GroupChanges, 'removals' | 'isSomebodyAway' | 'removeOne' | 'invite'>

/** The fault, in which at least one member is removed: during it as far as it lets PostgreSQL, else as it ends. */
export function withTurnover({ begin, holdMs, end }: Fault, groups: Groups): Fault {
  const over = new AbortController()
  let before = 0
  let turning = Promise.resolve()
  const beginTurning: Fault['begin'] = async crowd => {
    before = groups.removals
    await begin(crowd)
    turning = turnOver(crowd, groups, over.signal)
  }
  const endTurning: Fault['end'] = async crowd => {
    await end(crowd).finally(() => over.abort())
    await turning
    // Not known is not removed: then it is tried with somebody else.
    const isRemoved = async () => {
      if (groups.removals === before) await remove(groups)
      return groups.removals > before
    }
    await eventually(isRemoved, { ms: crowd.patienceMs, what: 'somebody to be removed' })
  }
  return { begin: beginTurning, holdMs, end: endTurning }
}

/** Goes on until `over`; where silence is wanted it says nothing. */
async function turnOver(crowd: Crowd, groups: Groups, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    if (!crowd.isHushed) await remove(groups)
    await delay(everyMs, undefined, { signal: over }).catch(() => {})
  }
}

/** One goes, another one comes. PostgreSQL may be away: then nothing has changed, or nobody knows. */
async function remove(groups: Groups): Promise<void> {
  for (let ms = 0; ms < noticedWithinMs && !groups.isSomebodyAway; ms += lookMs) await delay(lookMs)
  await groups.removeOne().catch(() => {})
  await groups.invite().catch(() => {})
}
