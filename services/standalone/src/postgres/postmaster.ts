// PostgreSQL's main process as others see it: by its pid file and its command line.
import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 20

/** What `postmaster.pid` says; its format is PostgreSQL's `src/include/utils/pidfile.h`. */
export interface PidFile {
  readonly pid: number
  /** `starting`, `ready`, `stopping`; empty before the first of them is written. */
  readonly status: string
}

export function readPidFile(cluster: string): PidFile | undefined {
  const lines = readText(join(cluster, 'postmaster.pid'))?.split('\n')
  const pid = Number(lines?.[0])
  return Number.isInteger(pid) && pid > 0 ? { pid, status: lines?.[7]?.trim() ?? '' } : undefined
}

/**
 * True if process `pid` is a PostgreSQL server on this cluster.
 * A pid alone proves nothing: after a crash or a reboot another program may have got the same number.
 */
export function isPostmaster(pid: number, cluster: string): boolean {
  const [command, ...args] = commandLine(pid)
  if (command === undefined || basename(command) !== 'postgres') return false
  const folder = args[args.indexOf('-D') + 1]
  return folder !== undefined && sameFolder(folder, cluster)
}

/** Signals: SIGINT disconnects everybody and writes a checkpoint, SIGQUIT leaves at once and recovers at the next start. */
export type Shutdown = 'SIGINT' | 'SIGQUIT' | 'SIGKILL'

/**
 * Ends a postmaster and waits until it is gone: gently, after `patienceMs` at once, and in the end by SIGKILL.
 * `hurried` shortens the patience when it is aborted.
 */
export async function endPostmaster(pid: number, cluster: string, hurried?: AbortSignal): Promise<void> {
  const ways: [Shutdown, number][] = [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 1_000],
  ]
  for (const [signal, patienceMs] of ways) {
    const startedAt = performance.now()
    signalProcess(pid, signal)
    const hasPatience = () => performance.now() - startedAt < (hurried?.aborted ? 1_500 : patienceMs)
    while (hasPatience()) {
      if (!isPostmaster(pid, cluster)) return
      await delay(pollMs)
    }
  }
}

/**
 * Clears the way for a new start: ends a server that a killed process left behind on this cluster, and takes the number
 * out of a pid file that now belongs to another program (or to a zombie), which PostgreSQL would take for a server.
 * The caller owns the data folder, so nobody else starts one meanwhile. True if a server was ended.
 */
export async function clearLeftovers(cluster: string): Promise<boolean> {
  const found = readPidFile(cluster)
  if (!found) return false
  const isOurs = isPostmaster(found.pid, cluster)
  if (isOurs) await endPostmaster(found.pid, cluster)
  disownPidFile(cluster)
  return isOurs
}

/**
 * Puts a number that no process has into the pid file. The file stays, because it also names the shared memory by which
 * PostgreSQL sees whether one of its workers has outlived the server.
 */
function disownPidFile(cluster: string): void {
  const file = join(cluster, 'postmaster.pid')
  const content = readText(file)
  const { pid } = spawnSync('/bin/sh', ['-c', ':'])
  if (content !== undefined) writeFileSync(file, content.replace(/^\d+/, String(pid)))
}

function signalProcess(pid: number, signal: Shutdown): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already.
  }
}

function commandLine(pid: number): string[] {
  const line = readText(`/proc/${pid}/cmdline`)
  if (line !== undefined) return line.split('\0').filter(part => part !== '')
  if (process.platform === 'linux') return []
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return (stdout ?? '').trim().split(' ').filter(Boolean)
}

function sameFolder(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b)
  } catch {
    return false
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
