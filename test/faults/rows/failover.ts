// What happens to PostgreSQL's history: a standby goes on with it, or a backup begins it anew.
import { type PrivatePostgres, privatePostgres, tcpProxy } from '@goftegu/testkit'
import { renewEpoch } from '../../../services/standalone/src/new-epoch.ts'
import type { Crowd } from '../../replicas/crowd.ts'
import { startInstallation } from '../../replicas/installation.ts'
import { FollowedPostgres } from '../failover.ts'
import { type Row, underLoad } from '../row.ts'

/** How long a standby lags, and how old a backup is. */
const lagMs = 2_000

export const failoverRows: Row[] = [
  underLoad({
    fault: 'the primary dies, and its synchronous standby takes over',
    runs: { whole: 3, short: 1 },
    byDesign: ['reload'],
    prepare: async (life, { env }) => {
      const postgres = await FollowedPostgres.start(life)
      const deployment = await startInstallation(life, { postgres, env })
      const begin = () => postgres.addStandby({ isSynchronous: true })
      return { deployment, fault: () => ({ begin, holdMs: lagMs, end: () => postgres.failOver() }) }
    },
  }),
  underLoad({
    fault: `the primary dies, and a standby takes over that lags by ${lagMs / 1_000} s`,
    runs: { whole: 3, short: 0 },
    byDesign: ['reload', 'loss'],
    prepare: async (life, { env }) => {
      const postgres = await FollowedPostgres.start(life)
      const deployment = await startInstallation(life, { postgres, env })
      let sinceMs = 0
      const begin = async () => {
        await postgres.addStandby({ isSynchronous: false })
        sinceMs = await postgres.lag()
      }
      const end = ({ oracle }: Crowd) => postgres.failOver(() => oracle.historyEnded(sinceMs))
      return { deployment, fault: () => ({ begin, holdMs: lagMs, end }) }
    },
  }),
  underLoad({
    fault: `a backup is restored that is ${lagMs / 1_000} s old, and the epoch is renewed`,
    runs: { whole: 2, short: 1 },
    byDesign: ['reload', 'loss'],
    prepare: async (life, { env }) => {
      const postgres = await privatePostgres(life)
      const address = await tcpProxy(life, postgres.url)
      const deployment = await startInstallation(life, { postgres: { url: address.urlFor(postgres.url) }, env })
      let putBack = async () => {}
      let sinceMs = 0
      const begin = async () => {
        await postgres.stop()
        sinceMs = performance.now() // what was acknowledged before is in the copy
        putBack = await postgres.copyData()
        await postgres.startAgain()
      }
      const end = async ({ oracle }: Crowd) => {
        address.refuse() // nobody reads or writes while history changes
        await postgres.stop('immediate')
        await putBack()
        await postgres.startAgain()
        await renewEpoch(straightTo(postgres, deployment.databaseUrl))
        oracle.historyEnded(sinceMs)
        address.heal()
      }
      return { deployment, fault: () => ({ begin, holdMs: lagMs, end }) }
    },
  }),
]

/** The database's URL past the address that leads to it. */
function straightTo({ port }: PrivatePostgres, databaseUrl: string): string {
  const url = new URL(databaseUrl)
  url.port = String(port)
  return url.href
}
