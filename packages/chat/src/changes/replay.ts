// What returning sockets missed, and what a room never got.
import { type Change, maxReplayChanges } from '@goftegu/protocol'
import type { Context } from '../context.ts'
import { type Range, readChanges } from './stored-changes.ts'

/**
 * What returning sockets missed, each its own `(since, until]` as visible from `visible_from` on, in order, with current
 * text: one list per range, at most 10,000 changes in each, all in one round trip and of one moment.
 */
export async function replay({ database, publicUrl }: Context, ranges: readonly Range[]): Promise<Change[][]> {
  const found: Change[][] = ranges.map(() => [])
  if (ranges.length === 0) return found
  for (const { range, change } of await readChanges(database, publicUrl(), ranges, maxReplayChanges))
    found[range]!.push(change)
  return found
}

/** All the holes of all rooms in one round trip, ordered by conversation and number. */
export async function fill({ database, publicUrl }: Context, holes: readonly Range[]): Promise<Change[]> {
  if (holes.length === 0) return []
  return (await readChanges(database, publicUrl(), holes, maxReplayChanges)).map(({ change }) => change)
}
