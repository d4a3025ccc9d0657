// Named switches that turn one mechanism off, in the processes of a test alone: a module that is loaded before the
// service and replaces one method. The product has no such switch.
import { preloading } from './preload.ts'

/** By the file in `sabotage/`: the words for what is missing then. */
export const sabotages = {
  'no-comparison': 'the comparison of heads',
  'no-gap-fill': 'the filling of holes',
  'read-then-subscribe': 'subscribing first and reading then (and without the patrol, which finds it within 10 s)',
  'no-since': '`since` in what clients say when they come back',
  'no-keys': 'idempotency keys',
  'waiting-groups': 'groups that pass over locked rows',
  'no-timeline': 'the timeline in the epoch',
  'no-revision': 'rewriting recent events on deletion',
  'no-flush': 'the flush before a socket goes live',
  'no-order': 'the wait for what is missing before',
  'no-removal': 'the end at a removal',
} as const
export type Sabotage = keyof typeof sabotages

/** The one that is no part of a service, but of the crowd. */
export const forgetful: Sabotage = 'no-since'

/** The environment of a service in which this mechanism is switched off; of a whole one, where none is named. */
export function sabotaged(sabotage: Sabotage | undefined): Record<string, string> {
  if (!sabotage || sabotage === forgetful) return {}
  return preloading(new URL(`./sabotage/${sabotage}.ts`, import.meta.url))
}
