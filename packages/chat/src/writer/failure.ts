// What the failure of a group's statement means for the group.
import { codeOf, isUnavailable } from '@goftegu/database'

/** `locked`: a row was not free in time; `again`: the same group may be sent again; `culprit`: one of its messages. */
export type Failure = 'locked' | 'again' | 'culprit'

const lockNotAvailable = '55P03'

/**
 * Classes 22 (data) and 23 (constraint) are a message's own fault. What we do not know is treated the same: the group is
 * taken apart, so that it harms the fewest.
 */
export function failureOf(error: unknown): Failure {
  if (codeOf(error) === lockNotAvailable) return 'locked'
  return isUnavailable(error) ? 'again' : 'culprit'
}
