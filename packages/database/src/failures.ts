// What an error of PostgreSQL, or of the way to it, means for whoever asked.
import { ChatError } from '@goftegu/protocol'
import pg from 'pg'

/*
 * SQLSTATE classes and codes after which the same work may succeed later: 08 connection, 28 and 3D no entry (a password
 * that is being changed, a database that is being restored), 53 resources, 57 operator (restart, statement_timeout), 58
 * system, 40 serialization and deadlock, 25006 a primary that became a replica, 25P03 idle in transaction, 55P03
 * lock_timeout, 55000 recovery still in progress.
 */
const transientStates = /^(?:08|28|3D|53|57|58|40)|^(?:25006|25P03|55P03|55000)$/
/** Rolled back for sure, so the same transaction may simply run again: serialization, deadlock, lock_timeout. */
const rolledBackStates = new Set(['40001', '40P01', '55P03'])
/** What the system says of a way that is lost or cannot be opened… */
const networkCodes =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|EPROTO|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENETRESET|ENOTCONN|ESHUTDOWN|EADDRNOTAVAIL|ENOBUFS|EMFILE|ENFILE|ENOENT)$/
/** …and Node of a stream, of TLS, and of certificates. */
const transportCodes = /^(?:ERR_SSL_|ERR_TLS_|ERR_STREAM_|CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_|SELF_SIGNED_CERT)/
/** `pg` and `pg-pool` give these errors no code. */
const driverMessages =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|Received unexpected \w+ message|The server does not support SSL|There was an error establishing an SSL)/

/** The SQLSTATE or the system's error code; '' where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Whether PostgreSQL was away, stopping, too busy or cut off: nothing is wrong with the request itself. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof ChatError) return false
  const code = codeOf(error)
  const isCoded = [transientStates, networkCodes, transportCodes].some(codes => codes.test(code))
  return isCoded || driverMessages.test(error.message)
}

/**
 * Whether PostgreSQL itself said no, with a reason of the request: what failed with `error` is rolled back for sure. After
 * any other error, of whatever kind, it may be committed.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && codeOf(error) !== '' && !isUnavailable(error)
}

/** Whether the transaction that failed with `error` was certainly rolled back, and may run again. */
export function isRolledBack(error: unknown): boolean {
  return rolledBackStates.has(codeOf(error))
}

/** `error` as a refusal that says "try again" (503) where that is what it means; anything else as it is. */
export function asUnavailable(error: unknown): unknown {
  return isUnavailable(error) ? new ChatError('unavailable', { cause: error }) : error
}
