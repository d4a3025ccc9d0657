// The faults of a cluster as a table for people.
import type { Damage } from '../replicas/weather.ts'
import type { ClusterFault } from './faults.ts'

export type Suffered = Damage & Pick<ClusterFault, 'kind' | 'deed' | 'holdMs'>

/** A head, and a line for each. */
export function tableOf(suffered: readonly Suffered[]): string[] {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  const rows = suffered.map(({ kind, deed, holdMs, behindMs, unavailableMs, repairMs }) => [
    `${deed} ${kind}`,
    `${holdMs / 1_000} s`,
    ...[behindMs, unavailableMs, repairMs].map(seconds),
  ])
  const head = ['fault', 'lasts', 'a reader was behind for', 'nobody could write for', 'all well after its end']
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map(row => row[at]!.length)))
  return [head, ...rows].map(row => row.map((cell, at) => cell.padEnd(widths[at]!)).join('  '))
}
