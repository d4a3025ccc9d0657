// A tiny process between us and PostgreSQL, which stops PostgreSQL when we are killed.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Account } from './account.ts'
import { programEnvironment } from './cluster.ts'

/**
 * Runs the command that it is given and tells its pid. When our end of its stdin closes, because we say so or because
 * we are dead, PostgreSQL is asked to stop (SIGINT: fast). It lies in a session of its own, out of the reach of a
 * terminal's Ctrl-C and of `kill -9` to npm's process group; a shell, because a second Node would cost 45 MB.
 */
const script = `
trap '' HUP INT TERM
exec 3<&0
"$@" </dev/null >&2 3<&- &
postgres=$!
echo $postgres
{ read -r _; kill -s INT $postgres; } <&3 2>/dev/null &
reader=$!
wait $postgres
code=$?
kill -s KILL $reader
wait $reader
exit $code
`

/** A PostgreSQL server under guard. */
export interface Guarded {
  /** The postmaster's pid. */
  readonly pid: number
  /** Resolves when guard and server are gone, or the guard alone was killed. */
  readonly ended: Promise<void>
  /** Asks the server to stop; `ended` tells when it has. */
  release(): void
}

/** Starts `command` as `account` in a session of its own; its output goes to the file descriptor `log`. */
export async function startGuarded(command: string, args: string[], account: Account, log: number): Promise<Guarded> {
  const guard = spawn('/bin/sh', ['-c', script, 'goftegu-postgres-guard', command, ...args], {
    ...account,
    cwd: '/',
    env: programEnvironment,
    detached: true,
    stdio: ['pipe', 'pipe', log],
  })
  const ended = new Promise<void>(resolve => guard.once('exit', () => resolve()))
  guard.stdin?.on('error', () => {}) // the guard was killed: `ended` tells it
  return { pid: await announcedPid(guard), ended, release: () => guard.stdin?.destroy() }
}

function announcedPid(guard: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    guard.once('error', reject)
    guard.once('exit', () => reject(new Error('The guard of PostgreSQL ended before it had started it')))
    guard.stdout?.setEncoding('utf8').once('data', line => resolve(Number(line)))
  })
}
