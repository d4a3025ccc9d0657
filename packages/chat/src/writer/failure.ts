// What the failure of a group's statement means for the group.
import { codeOf, isRefusal } from '@goftegu/database'
import { ChatError } from '@goftegu/protocol'

/** `locked`: a row was not free in time; `again`: the same group may be sent again; `culprit`: one of its messages. */
export type Failure = 'locked' | 'again' | 'culprit'

const lockNotAvailable = '55P03'
/** SQLSTATE classes 22 (data) and 23 (constraint) are a message's own fault. */
const ownFault = /^2[23]/

/**
 * Only what PostgreSQL itself refused is known not to be stored: then the group is taken apart, so that the culprit harms
 * the fewest. After anything else, as strange as it may be, the group may be committed, and is sent again until its
 * deadline: what was stored is found by its key.
 */
export function failureOf(error: unknown): Failure {
  if (codeOf(error) === lockNotAvailable) return 'locked'
  return isRefusal(error) ? 'culprit' : 'again'
}

/**
 * What the sender of a message hears that PostgreSQL refuses on its own. Where the fault is not the message's
 * (permissions, a broken index), an earlier attempt may even have been stored.
 */
export function refusalOf(error: unknown): ChatError {
  return new ChatError(ownFault.test(codeOf(error)) ? 'invalid_request' : 'outcome_unknown', { cause: error })
}
