// Peers that read slowly, or not at all: who else is in the room must not notice.
import { halfOpenSockets, slowReaders, stalledReader } from '../overload/bad-peers.ts'
import type { Scenario } from '../overload/scenario.ts'
import type { Row } from '../row.ts'

export const peerRows: Row[] = [
  peers('20 sockets read 1 kB/s in a room of 200 kB/s', slowReaders),
  peers('one of 1,000 sockets in a room stops to read', stalledReader),
  peers('100 sockets are half-open', halfOpenSockets),
]

function peers(fault: string, scenario: Scenario): Row {
  return {
    fault,
    runs: { whole: 1, short: 0 },
    run: async life => {
      const { counts, acknowledged, verdict, told } = await scenario(life)
      const unmeasured = { behindMs: [], unavailableMs: null, evidence: [], removals: 0 }
      return { counts, acknowledged, ...unmeasured, broken: verdict, figures: told }
    },
  }
}
