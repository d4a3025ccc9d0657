// What the bus may do at any time, without a word: lose what it was given.
import { startInstallation } from '../../replicas/installation.ts'
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
      return { deployment, fault: () => fault }
    },
  }),
]
