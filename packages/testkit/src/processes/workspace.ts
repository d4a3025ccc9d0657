// A temporary folder for a server, and the user who may run it.
import { chownSync, mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { Reaper } from './reaper.ts'

/** `uid` and `gid` to run as; empty for "as who we are". */
export type Identity = { uid?: number; gid?: number }

export type Workspace = { folder: string; identity: Identity; reaper: Reaper }

/** The user `nobody`, the same number on every Linux. PostgreSQL refuses root, and tests have no business being it. */
const nobody: Identity = { uid: 65_534, gid: 65_534 }

/** Who runs the tests' servers: we, or `nobody` where we are root. */
export function serverIdentity(): Identity {
  return userInfo().uid === 0 ? nobody : {}
}

/**
 * Makes a folder for one server, owned by an ordinary user. It is removed when its reaper is closed or this Node is gone.
 * @param stopSignal what the reaper ends the server with
 * @param wanted where; the folder for temporary files if not given, or if the server's user may not go there
 */
export function createWorkspace(name: string, stopSignal: 'TERM' | 'QUIT', wanted = tmpdir()): Workspace {
  const identity = serverIdentity()
  // $TMPDIR of root may lie where nobody else may go.
  const parent = isReachable(wanted, identity) ? wanted : '/tmp'
  const folder = mkdtempSync(join(parent, `goftegu-test-${name}-`))
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(folder, identity.uid, identity.gid)
  return { folder, identity, reaper: new Reaper(stopSignal, folder) }
}

/** Writes a file that the workspace's user, and nobody else, may read and write; returns its path. */
export function writeInto(workspace: Workspace, name: string, text: string): string {
  const { folder, identity } = workspace
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o600 })
  if (identity.uid !== undefined && identity.gid !== undefined) chownSync(path, identity.uid, identity.gid)
  return path
}

/** Whether `identity` may enter `path` and everything above it: a clone under /root is closed to others. */
export function isReachable(path: string, identity: Identity): boolean {
  if (identity.uid === undefined) return true
  const othersMayEnter = (statSync(path).mode & 0o001) !== 0
  return othersMayEnter && (path === dirname(path) || isReachable(dirname(path), identity))
}
