// What an error of PostgreSQL, or of the way to it, means for whoever asked.
import { ChatError } from '@goftegu/protocol'

/*
 * SQLSTATE classes and codes after which the same work may succeed later: 08 connection, 53 resources, 57 operator
 * (restart, statement_timeout), 58 system, 40 serialization and deadlock, 25006 a primary that became a replica,
 * 25P03 idle in transaction, 55P03 lock_timeout, 55000 recovery still in progress.
 */
const transientStates = /^(?:08|53|57|58|40)|^(?:25006|25P03|55P03|55000)$/
/** Rolled back for sure, so the same transaction may simply run again: serialization, deadlock, lock_timeout. */
const rolledBackStates = new Set(['40001', '40P01', '55P03'])
const networkCodes =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT)$/
/** `pg` and `pg-pool` give these errors no code. */
const driverMessages =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/

/** The SQLSTATE or the system's error code; '' where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Whether PostgreSQL was away, stopping, too busy or cut off: nothing is wrong with the request itself. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof ChatError) return false
  const code = codeOf(error)
  return transientStates.test(code) || networkCodes.test(code) || driverMessages.test(error.message)
}

/** Whether the transaction that failed with `error` was certainly rolled back, and may run again. */
export function isRolledBack(error: unknown): boolean {
  return rolledBackStates.has(codeOf(error))
}

/** `error` as a refusal that says "try again" (503) where that is what it means; anything else as it is. */
export function asUnavailable(error: unknown): unknown {
  return isUnavailable(error) ? new ChatError('unavailable', { cause: error }) : error
}
