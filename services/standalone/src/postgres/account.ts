// Which user of the system PostgreSQL runs as: it refuses root.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from '@goftegu/runtime'

/** Spread into `spawn`'s options; empty means the user who we are ourselves. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

/**
 * The account for the cluster in `folder`: ourselves, unless we are root.
 * As root the owner of what is there (of the cluster, or of the nearest folder above); where that is root too,
 * the system's `postgres` or `nobody`. initdb needs a user with a name. Throws StartError where there is none.
 */
export function chooseAccount(folder: string): Account {
  if (process.getuid?.() !== 0) return {}
  const owner = nearest(folder)
  if (owner.uid !== 0 && id('-un', String(owner.uid)) !== undefined) return { uid: owner.uid, gid: owner.gid }
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [id('-u', name), id('-g', name)]
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new StartError(
    'PostgreSQL does not run as root, and there is no user postgres or nobody to run it. Start as an ordinary user, or set DATABASE_URL.',
  )
}

/** True if the account can enter the folder, or run the program, `path`; the system is asked, it knows all rights on the way. */
export function canReach(account: Account, path: string): boolean {
  return spawnSync('/bin/sh', ['-c', '[ -x "$1" ]', 'sh', path], { ...account, cwd: '/' }).status === 0
}

function nearest(path: string): { uid: number; gid: number } {
  const found = statSync(path, { throwIfNoEntry: false })
  return found ?? nearest(dirname(path))
}

function id(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('id', args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
