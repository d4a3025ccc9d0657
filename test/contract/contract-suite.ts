// The contract as one suite against any deployment: it takes an address and knows nothing else.
import { after, before, suite, test } from 'node:test'
import { accountCases } from './cases/accounts.ts'
import { attachmentCases } from './cases/attachments.ts'
import { badFrameCases } from './cases/bad-frames.ts'
import { badRequestCases } from './cases/bad-requests.ts'
import { eventCases } from './cases/events.ts'
import { historyCases } from './cases/history.ts'
import { idempotenceCases } from './cases/idempotence.ts'
import { messageCases } from './cases/messages.ts'
import { readCases } from './cases/reads.ts'
import { refusalCases } from './cases/refusals.ts'
import { resumeCases } from './cases/resume.ts'
import { upgradeCases } from './cases/upgrades.ts'
import { Stage } from './stage.ts'

/** One thing that the contract says, and how a client sees that it is so. */
export type Check = (name: string, run: (stage: Stage) => Promise<void>) => void
/** How many of the cases held; whole when the suite has ended. */
export type Tally = { held: number; of: number }

const chapters = [
  ...[accountCases, messageCases, historyCases, refusalCases, badRequestCases, attachmentCases],
  ...[upgradeCases, eventCases, badFrameCases, idempotenceCases, resumeCases, readCases],
]

/**
 * Registers every case as a test of its own.
 * @param urlOf where clients reach the deployment; asked when the first case begins. Answers' absolute URLs begin with it
 */
export function contractSuite(name: string, urlOf: () => string): Tally {
  const tally: Tally = { held: 0, of: 0 }
  suite(name, () => {
    let stage: Stage
    before(async () => {
      stage = await Stage.set(urlOf())
    })
    const check: Check = (name, run) => {
      tally.of++
      test(name, async () => {
        await run(stage).finally(() => stage.clear())
        tally.held++
      })
    }
    for (const addCases of chapters) addCases(check)
    after(() => stage?.clear())
  })
  return tally
}
