// What the bus may do at any time, without a word: lose what it was given.
import { startInstallation } from '../../replicas/installation.ts'
import { lostNotice } from '../preload/lost-notice.ts'
import { preloading } from '../preload.ts'
import { type Row, underLoad } from '../row.ts'

const losesNotices = new URL('../preload/loses-notices.ts', import.meta.url)

export const busRows: Row[] = [
  underLoad({
    fault: 'the bus loses one notice in 20, for 2 s',
    runs: { whole: 5, short: 1 },
    areSendsAnswered: true,
    prepare: async (life, { env }) => {
      const deployment = await startInstallation(life, { env: preloading(losesNotices, env) })
      const fault = { begin: async () => {}, holdMs: 2_000, end: async () => {} }
      const judge = () => {
        const lost = [deployment.api, ...deployment.gateways].map(one => one.output().split(lostNotice).length - 1)
        const all = lost.reduce((sum, count) => sum + count, 0)
        if (all === 0) throw new Error('the bus lost nothing')
        return { broken: [], figures: { 'notices lost': all } }
      }
      return { deployment, fault: () => fault, judge }
    },
  }),
]
