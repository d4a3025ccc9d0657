// Where a new socket begins: at the head, where it left off, or anew.

/** The query of the upgrade; null: the client did not ask to resume. `since` null: it is no number of ours. */
export type Resume = { since: number | null; epoch: string | null } | null

type Standing = {
  epoch: string
  /** The snapshot's head. */
  head: number
  /** The newest number that this process knows of: the head, or what the room has delivered since. */
  newest: number
  visibleFrom: number
  maxReplayChanges: number
}

/**
 * `position` is where the socket stands before anything is replayed. Below `visibleFrom` there is nothing to stand on:
 * what this user may not see is neither sent nor counted as a hole.
 */
export function startOf(resume: Resume, standing: Standing): { position: number; isResync: boolean } {
  const { epoch, head, newest, visibleFrom, maxReplayChanges } = standing
  if (resume === null) return { position: head, isResync: false }
  const { since } = resume
  if (since === null || resume.epoch !== epoch || since > newest) return { position: head, isResync: true }
  const position = Math.max(since, visibleFrom - 1)
  const isTooFar = newest - position > maxReplayChanges
  return isTooFar ? { position: head, isResync: true } : { position, isResync: false }
}
