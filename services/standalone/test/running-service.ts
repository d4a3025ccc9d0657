// Starts the real service in processes of its own, and finds what is left of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Reaper } from '@goftegu/testkit'
import pg from 'pg'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const readyDeadlineMs = 30_000
const endDeadlineMs = 15_000

/** How to start it: a command line, and who and where. */
export interface Start {
  dataDir: string
  command?: string[]
  /** The checkout; by default the one that this test lies in. */
  cwd?: string
  env?: Record<string, string>
  uid?: number
  gid?: number
}

export interface RunningService {
  /** What was spawned: npm, a terminal, or Node itself. Leads a process group of its own. */
  readonly child: ChildProcess
  readonly address: string
  /** The pid of the service's own Node process. */
  readonly nodePid: number
  /** All that it has printed so far. */
  readonly output: () => string
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export const npmStart = ['npm', 'start']
export const nodeStart = [process.execPath, '--conditions=goftegu-source', 'services/standalone/src/server.ts']

/** Where services were started, so that a folder is not taken away from under one. */
const dataDirs = new Set<string>()

/** An empty folder for DATA_DIR; after the test it is gone, with every service that was started in it. */
export function freshFolder(t: { after: (clean: () => Promise<void>) => void }, parent: string = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(join(parent, 'goftegu-')))
  chmodSync(folder, 0o711) // mkdtemp closes it to everybody, but as root PostgreSQL runs as somebody else
  t.after(async () => {
    for (const dataDir of [...dataDirs].filter(path => path.startsWith(folder))) await clear(dataDir)
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Ends what runs in it, and removes its cluster, which may lie elsewhere. */
async function clear(dataDir: string): Promise<void> {
  const cluster = attempt(() => realpathSync(join(dataDir, 'postgres')))
  await killAll(dataDir)
  if (cluster) rmSync(cluster, { recursive: true, force: true })
  dataDirs.delete(dataDir)
}

/** Starts the service on any free port and waits until it says that it is ready; fails with its output if it ends. */
export async function startService(t: TestContext, start: Start): Promise<RunningService> {
  const { child, ended, output } = launch(t, start)
  const deadline = AbortSignal.timeout(readyDeadlineMs)
  for (;;) {
    const address = /ready at (http\S+)/.exec(output())?.[1]
    if (address) return { child, address, ended, output, nodePid: ownerPid(start.dataDir) }
    if (child.exitCode !== null || deadline.aborted) throw new Error(`The service did not start:\n${output()}`)
    await delay(20)
  }
}

/** Starts what ends by itself, and answers how it ended and what it said. */
export async function runToItsEnd(t: TestContext, start: Start): Promise<{ code: number | null; output: string }> {
  const { ended, output } = launch(t, start)
  const end = await Promise.race([ended, delay(readyDeadlineMs, undefined, { ref: false })])
  if (!end) throw new Error(`It was to end, and runs:\n${output()}`)
  return { code: end.code, output: output() }
}

function launch(t: TestContext, { command = nodeStart, cwd = repository, dataDir, env, uid, gid }: Start) {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, LANG: 'C', LC_ALL: 'C', PORT: '0', LOG_LEVEL: 'warn', ...env, DATA_DIR: dataDir },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    uid,
    gid,
  })
  const reaper = new Reaper('TERM') // a run that is broken off leaves nothing running
  reaper.guard(child.pid ?? 0)
  t.after(async () => {
    await killAll(dataDir)
    reaper.release()
    await reaper.close()
  })
  dataDirs.add(dataDir)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    output += chunk
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    output += chunk
  })
  const ended: RunningService['ended'] = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  return { child, ended, output: () => output }
}

function ownerPid(dataDir: string): number {
  return Number(JSON.parse(readFileSync(join(dataDir, 'owner.json'), 'utf8')).pid)
}

/** Runs one statement in the embedded database, over TCP as the service does. */
export async function query(dataDir: string, sql: string): Promise<Record<string, unknown>[]> {
  const password = readFileSync(join(dataDir, 'postgres.password'), 'utf8').trim()
  const port = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3])
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'goftegu', password, database: 'postgres' })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Resolves when no process of the service is left, its PostgreSQL and its guard included; else fails with their names. */
export async function nothingLeft(dataDir: string): Promise<void> {
  const deadline = AbortSignal.timeout(endDeadlineMs)
  for (;;) {
    const left = processesOf(dataDir)
    if (left.length === 0) return
    if (deadline.aborted) throw new Error(`Still running:\n${left.map(one => `${one.pid} ${one.command}`).join('\n')}`)
    await delay(20)
  }
}

export interface Found {
  readonly pid: number
  readonly command: string
}

/** All processes that name the folder in their arguments or environment, or work in it. Linux only: it reads /proc. */
export function processesOf(dataDir: string): Found[] {
  const cluster = attempt(() => realpathSync(join(dataDir, 'postgres'))) ?? dataDir
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => pid > 0 && pid !== process.pid)
    .map(pid => ({
      pid,
      command: (attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').replaceAll('\0', ' '),
    }))
    .filter(({ pid, command }) => command !== '' && belongs(pid, command, [dataDir, cluster]))
}

function belongs(pid: number, command: string, folders: string[]): boolean {
  const environment = attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8')) ?? ''
  const workingFolder = attempt(() => readlinkSync(`/proc/${pid}/cwd`)) ?? ''
  return folders.some(
    folder => command.includes(folder) || environment.includes(`DATA_DIR=${folder}\0`) || workingFolder === folder,
  )
}

async function killAll(dataDir: string): Promise<void> {
  for (const { pid } of processesOf(dataDir)) attempt(() => process.kill(pid, 'SIGKILL'))
  await nothingLeft(dataDir)
}

function attempt<T>(what: () => T): T | undefined {
  try {
    return what()
  } catch {
    return undefined
  }
}
