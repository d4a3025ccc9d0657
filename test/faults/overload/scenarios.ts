// All scenarios of overload, in the order of the table.
import { halfOpenSockets, slowReaders, stalledReader } from './bad-peers.ts'
import { floodOfFrames, floodOfRequests } from './floods.ts'
import type { Scenario } from './scenario.ts'

export const scenarios: Record<string, Scenario> = {
  slowReaders,
  stalledReader,
  halfOpenSockets,
  floodOfRequests,
  floodOfFrames,
}
