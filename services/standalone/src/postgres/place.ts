// Where the cluster and its programs can lie so that PostgreSQL's account reaches them.
import { randomUUID } from 'node:crypto'
import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { StartError } from '@goftegu/runtime'
import { type Account, canReach, chooseAccount } from './account.ts'
import type { Binaries } from './binaries.ts'

/** Used by root alone, for what lies under a folder like `/root` that no other account can enter. */
const reachableFolder = '/var/lib/goftegu'

export interface Place {
  readonly account: Account
  /** The cluster's own folder; may not exist yet. Its parent does, and the account can enter that. */
  readonly cluster: string
  /** The name in DATA_DIR that is to point to a cluster which had to be made elsewhere. */
  readonly link?: string
  readonly binaries: Binaries
}

/**
 * Decides under which account PostgreSQL runs, and brings its programs and its folder within that account's reach.
 *
 * The cluster is `DATA_DIR/postgres`. Only where root starts us and DATA_DIR is closed to everybody else, that name is
 * a link to a folder in /var/lib/goftegu, and the programs are copied there. Throws StartError where neither works.
 */
export function preparePlace(dataDir: string, binaries: Binaries): Place {
  const name = join(dataDir, 'postgres')
  const account = chooseAccount(existsSync(name) ? realpathSync(name) : dataDir)
  const where = clusterFolder(name, dataDir, account)
  if (existsSync(where.cluster)) checkOwner(where.cluster, account)
  return { account, ...where, binaries: reachableBinaries(binaries, account) }
}

function clusterFolder(name: string, dataDir: string, account: Account): Pick<Place, 'cluster' | 'link'> {
  const entry = lstatSync(name, { throwIfNoEntry: false })
  if (entry?.isSymbolicLink()) return { cluster: linkedFolder(name) }
  if (canReach(account, dataDir)) return { cluster: name }
  if (entry) {
    throw new StartError(
      `User ${account.uid}, who owns the database in ${name}, cannot enter that folder. Open the folders above it (chmod o+x), or move DATA_DIR.`,
    )
  }
  mkdirSync(reachableFolder, { recursive: true, mode: 0o755 })
  return { cluster: join(reachableFolder, `data-${randomUUID()}`), link: name }
}

/** The link is made when the database behind it is whole: one that leads nowhere means that something was lost. */
function linkedFolder(name: string): string {
  const folder = readlinkSync(name)
  if (existsSync(folder)) return folder
  throw new StartError(
    `${name} points to ${folder}, and the database there is gone. Bring it back, or remove the link to begin with an empty one.`,
  )
}

function checkOwner(cluster: string, account: Account): void {
  const { uid } = statSync(cluster)
  const expected = account.uid ?? process.getuid?.()
  if (uid === expected) return
  if (uid === 0 && account.uid !== undefined) {
    chownAll(cluster, account)
    return
  }
  throw new StartError(
    `The database in ${cluster} belongs to user ${uid}, and you are ${expected}. Start as that user, or hand it over: sudo chown -R ${expected} on DATA_DIR.`,
  )
}

/** A copy that root made (`cp -r`) belongs to root. */
function chownAll(folder: string, account: Account): void {
  if (account.uid === undefined || account.gid === undefined) return
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(folder, entry), account.uid, account.gid)
  }
  chownSync(folder, account.uid, account.gid)
}

function reachableBinaries(binaries: Binaries, account: Account): Binaries {
  if (canReach(account, join(binaries.folder, 'bin', 'postgres'))) return binaries
  const folder = join(reachableFolder, `postgresql-${binaries.version}`)
  if (!existsSync(folder)) {
    mkdirSync(reachableFolder, { recursive: true, mode: 0o755 })
    const unfinished = `${folder}-${randomUUID()}`
    cpSync(binaries.folder, unfinished, { recursive: true, verbatimSymlinks: true })
    renameSync(unfinished, folder)
  }
  return { ...binaries, folder }
}
