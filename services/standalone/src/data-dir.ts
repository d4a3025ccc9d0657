// One process at a time owns a data folder; the next one hears who it is.
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { StartError } from '@goftegu/runtime'

const pollMs = 50
/** A process that was killed a moment ago, or npm's that is just noticing, is out of the way by then. */
const patienceMs = 2_000
const patienceWithStoppingMs = 20_000

/** What the owner tells about itself in `owner.json`. */
interface OwnerNote {
  pid: number
  state: 'starting' | 'ready' | 'stopping'
  address?: string
}

export interface OwnedDataDir {
  /** Absolute, without links. */
  readonly path: string
  /** Says for others to read where we are. */
  tell(state: OwnerNote['state'], address?: string): void
  release(): void
}

/**
 * Makes the folder where there is none, and takes it for this process, waiting a little for one that is just leaving.
 *
 * The lock is the kernel's (SQLite's exclusive lock on an empty file): it ends with its process, however that ends, so
 * there is no stale lock to judge. Throws StartError that names the owner's pid and address.
 */
export async function ownDataDir(dataDir: string): Promise<OwnedDataDir> {
  const path = openFolder(dataDir)
  const lock = await takeLock(path)
  const tell = (state: OwnerNote['state'], address?: string) => {
    const note: OwnerNote = { pid: process.pid, state, address }
    try {
      // Nobody reads half of it.
      writeFileSync(`${noteFile(path)}.new`, `${JSON.stringify(note)}\n`)
      renameSync(`${noteFile(path)}.new`, noteFile(path))
    } catch {
      // Somebody removed the folder. The note only serves a second start's message.
    }
  }
  tell('starting')
  return { path, tell, release: () => lock.close() }
}

function openFolder(dataDir: string): string {
  try {
    // PostgreSQL's own user must get through to its folder when root starts us; what lies in it is closed by itself.
    const isRoot = process.getuid?.() === 0
    const made = mkdirSync(dataDir, { recursive: true, mode: isRoot ? 0o711 : 0o700 })
    if (made !== undefined && isRoot) giveToOwnerAbove(dataDir)
    return realpathSync(dataDir)
  } catch (cause) {
    throw new StartError(`The data folder ${resolve(dataDir)} cannot be made: ${describe(cause)}`, { cause })
  }
}

/** `sudo npm start` in somebody's checkout: the database becomes theirs (`chooseAccount`), not a system user's. */
function giveToOwnerAbove(dataDir: string): void {
  const { uid, gid } = statSync(dirname(resolve(dataDir)))
  chownSync(dataDir, uid, gid)
}

async function takeLock(path: string): Promise<DatabaseSync> {
  const startedAt = performance.now()
  for (;;) {
    const lock = tryLock(path)
    if (lock) return lock
    const owner = readNote(path)
    const patience = owner?.state === 'stopping' ? patienceWithStoppingMs : patienceMs
    if (performance.now() - startedAt > patience) throw new StartError(inUse(path, owner))
    await delay(pollMs)
  }
}

function tryLock(path: string): DatabaseSync | undefined {
  const file = join(path, 'owner.lock')
  let lock: DatabaseSync | undefined
  try {
    // SQLite would open another user's file for reading alone, and such a lock excludes nobody.
    closeSync(openSync(file, 'a', 0o600))
    lock = new DatabaseSync(file, { timeout: 0 })
    lock.exec('pragma journal_mode = memory; begin exclusive')
    return lock
  } catch (cause) {
    lock?.close()
    if (cause instanceof Error && /locked/.test(cause.message)) return undefined
    throw new StartError(
      `${file} cannot be used: ${describe(cause)}. Another user may have started here before: start as that user, or with another DATA_DIR.`,
      { cause },
    )
  }
}

function inUse(path: string, owner: OwnerNote | undefined): string {
  const who = owner
    ? `process ${owner.pid}${owner.address ? `, which serves ${owner.address}` : ''}`
    : 'another process'
  return `The data folder ${path} is in use by ${who}. Stop that one first, or start with another DATA_DIR.`
}

function noteFile(path: string): string {
  return join(path, 'owner.json')
}

function readNote(path: string): OwnerNote | undefined {
  try {
    return JSON.parse(readFileSync(noteFile(path), 'utf8')) as OwnerNote
  } catch {
    return undefined
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
