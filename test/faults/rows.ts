// All rows of the table, in its order, and the controls.
import type { Control, Row } from './row.ts'
import { busRows } from './rows/bus.ts'
import { failoverRows } from './rows/failover.ts'
import { gatewayRows } from './rows/gateways.ts'
import { networkRows } from './rows/network.ts'
import { peerRows } from './rows/peers.ts'
import { postgresRows } from './rows/postgres.ts'
import { redisRows } from './rows/redis.ts'

export const rows: Row[] = [
  ...gatewayRows,
  ...redisRows,
  ...busRows,
  ...postgresRows,
  ...failoverRows,
  ...networkRows,
  ...peerRows,
]

/** Most find it each time; what only chance hides from them it will not hide from so many tries. */
const tries = 4

export const controls: Control[] = [
  { row: rowOf('a gateway is killed'), sabotage: 'no-since', finds: ['lost'], runs: 1, tries },
  { row: rowOf('both are killed, and'), sabotage: 'read-then-subscribe', finds: ['lost'], runs: 1, tries },
  { row: rowOf('Redis is down as'), sabotage: 'no-comparison', finds: ['lost'], runs: 1, tries },
  { row: rowOf('subscribers are cut'), sabotage: 'no-removal', finds: ['leaked'], runs: 1, tries },
  { row: rowOf('the bus loses'), sabotage: 'no-gap-fill', finds: ['lost'], runs: 1, tries },
  { row: rowOf('the bus loses'), sabotage: 'no-order', finds: ['reordered'], runs: 1, tries },
  { row: rowOf('every answer of PostgreSQL'), sabotage: 'no-keys', finds: ['duplicated'], runs: 3, tries },
  { row: rowOf("one conversation's row"), sabotage: 'waiting-groups', finds: ['broken'], runs: 1, tries },
  {
    row: rowOf('the primary dies, and a standby'),
    sabotage: 'no-timeline',
    finds: ['phantom', 'diverged'],
    runs: 1,
    tries,
  },
  { row: rowOf('some users are cut off'), sabotage: 'no-revision', finds: ['diverged'], runs: 1, tries },
  { row: rowOf('some users are cut off'), sabotage: 'no-flush', finds: ['duplicated', 'reordered'], runs: 1, tries },
]

/** The row whose words begin so. */
function rowOf(beginning: string): Row {
  const row = rows.find(({ fault }) => fault.startsWith(beginning))
  if (!row) throw new Error(`no row begins with ${beginning}`)
  return row
}
