// Finds the redis-server program: on the PATH, fetched before, or fetched now from Debian's archive.
import { cpSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { config } from '../config.ts'
import { isExecutable } from '../processes/is-executable.ts'
import { isReachable, type Workspace } from '../processes/workspace.ts'
import { fetchedRedis, fetchFromDebian } from './debian-packages.ts'

export type RedisProgram = {
  /** Path of `redis-server`. */
  binary: string
  /** What `binary` needs in its environment to find its libraries. */
  env: Record<string, string>
  /** How it was found, for people: `redis-server on the PATH (/usr/bin/redis-server)`. */
  from: string
}

/** Said where neither a program nor Docker is there. */
export const howToGetRedis = [
  'No Redis to test with: TEST_REDIS_URL is not set, there is no redis-server on the PATH, Docker does not answer,',
  'and this is not a Debian or Ubuntu whose packages can be fetched. Run one of:',
  '  sudo apt-get install redis-server      (Debian, Ubuntu; its service need not run)',
  '  brew install redis                     (macOS)',
  '  sudo dnf install redis                 (Fedora)',
].join('\n')

/** `redis-server` from the PATH. */
export function redisOnPath(): RedisProgram | undefined {
  const candidates = config.path.split(delimiter).map(folder => join(folder, 'redis-server'))
  const binary = candidates.find(isExecutable)
  return binary ? { binary, env: {}, from: `redis-server on the PATH (${binary})` } : undefined
}

/**
 * From the cache, or fetched with `apt-get download` and unpacked there; nothing is installed.
 * @returns undefined where there is no apt-get
 * @throws Error with apt-get's words when it is there and cannot fetch
 */
export async function redisFromDebian(): Promise<RedisProgram | undefined> {
  const folder = join(config.cacheFolder, 'redis-debian')
  const found = (await fetchedRedis(folder)) ?? (await fetchFromDebian(folder))
  if (!found) return undefined
  return { ...programIn(folder, found.libraryPath), from: `redis-server from Debian's packages, unpacked in ${folder}` }
}

/**
 * The program for a Redis of a test's own.
 * @throws Error that says what to install
 */
export async function redisProgram(): Promise<RedisProgram> {
  const program = redisOnPath() ?? (await redisFromDebian())
  if (!program) throw new Error(howToGetRedis)
  return program
}

/** The same program where the workspace's user can reach it: copied into the workspace if need be. */
export function reachableFor(workspace: Workspace, program: RedisProgram): RedisProgram {
  const fetched = join(config.cacheFolder, 'redis-debian')
  if (!program.binary.startsWith(fetched) || isReachable(fetched, workspace.identity)) return program
  const copy = join(workspace.folder, 'redis-debian')
  cpSync(fetched, copy, { recursive: true, verbatimSymlinks: true })
  const libraryPath = (program.env.LD_LIBRARY_PATH ?? '').replaceAll(fetched, copy)
  return { ...program, ...programIn(copy, libraryPath) }
}

function programIn(folder: string, libraryPath: string): Pick<RedisProgram, 'binary' | 'env'> {
  return { binary: join(folder, 'usr/bin/redis-server'), env: { LD_LIBRARY_PATH: libraryPath } }
}
