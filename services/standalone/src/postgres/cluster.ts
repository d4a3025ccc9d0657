// The database's files: made once, by initdb, whole or not at all.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { StartError } from '@goftegu/runtime'
import type { Account } from './account.ts'
import { majorVersion, program } from './binaries.ts'
import type { Place } from './place.ts'

/** The role and database superuser of the embedded cluster. */
export const role = 'goftegu'

/**
 * What PostgreSQL's programs see of our environment: nothing that changes what they do.
 * Messages are in English, whatever LANG says: they are searched for what they mean.
 */
export const programEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/**
 * Makes the cluster unless it is there, and answers its password, which lies in `passwordFile` with mode 0600.
 * Throws StartError where initdb fails, or the cluster is of another major version.
 */
export async function ensureCluster(place: Place, passwordFile: string): Promise<string> {
  if (!existsSync(place.cluster)) await createCluster(place, passwordFile)
  const found = readFileSync(join(place.cluster, 'PG_VERSION'), 'utf8').trim()
  const expected = majorVersion(place.binaries)
  if (found !== expected) {
    throw new StartError(
      `The database in ${place.cluster} is of PostgreSQL ${found}, and this is ${expected}. Start with another DATA_DIR, and move what is in the old one with pg_dump.`,
    )
  }
  return readFileSync(passwordFile, 'utf8').trim()
}

async function createCluster({ cluster, link, account, binaries }: Place, passwordFile: string): Promise<void> {
  const unfinished = `${cluster}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  const password = randomBytes(24).toString('base64url')
  writePrivately(passwordFile, password)
  // initdb reads the password as its own user, and wants an empty folder: the file lies beside, for a moment.
  const handed = `${unfinished}.password`
  writePrivately(handed, password, account)
  handOver(unfinished, account)
  try {
    await initdb(program(binaries, 'initdb'), unfinished, handed, account)
  } finally {
    rmSync(handed, { force: true })
  }
  renameSync(unfinished, cluster)
  if (link) symlinkSync(cluster, link)
}

/**
 * UTF8, compared by code point, whatever LANG says. The provider alone is not enough: pg_trgm asks lc_ctype what a
 * letter is, and with `C` a Persian word has no trigrams at all.
 */
async function initdb(command: string, folder: string, passwordFile: string, account: Account): Promise<void> {
  const letters = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const access = ['--auth=scram-sha-256', `--username=${role}`, `--pwfile=${passwordFile}`]
  const args = ['-D', folder, ...locale, `--lc-ctype=${letters}`, ...access]
  const child = spawn(command, args, {
    ...account,
    cwd: '/',
    env: programEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const [code, , complaints] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (code !== 0) throw new StartError(`The database could not be made in ${folder}:\n${complaints.trim()}`)
}

function writePrivately(file: string, content: string, account: Account = {}): void {
  rmSync(file, { force: true })
  writeFileSync(file, `${content}\n`, { mode: 0o600 })
  handOver(file, account)
}

function handOver(path: string, { uid, gid }: Account): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
}
