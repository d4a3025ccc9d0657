// Fetches redis-server with `apt-get download` into a folder; installs nothing, needs no root.
import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { unpackDebianPackages } from '../debian-archive.ts'

const execute = promisify(execFile)

/** redis-server and the libraries that a bare Debian or Ubuntu lacks: 1.7 MB. */
const packages = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblua5.1-0', 'lua-bitop', 'lua-cjson', 'liblzf1']

type Fetched = {
  /** Folders of its shared libraries, for LD_LIBRARY_PATH. */
  libraryPath: string
}

/** What an earlier run left in `folder`, if it still starts. */
export async function fetchedRedis(folder: string): Promise<Fetched | undefined> {
  const binary = join(folder, 'usr/bin/redis-server')
  if (!existsSync(binary)) return undefined
  const libraries = globSync('{usr/,}lib/**/*.so*', { cwd: folder }).map(file => join(folder, dirname(file)))
  const libraryPath = [...new Set(libraries)].join(':')
  try {
    await execute(binary, ['--version'], { env: { LD_LIBRARY_PATH: libraryPath } })
    return { libraryPath }
  } catch {
    return undefined
  }
}

/**
 * Downloads the packages and unpacks them into `folder`.
 * @returns undefined on machines without apt-get and dpkg
 * @throws Error with what apt-get said, or when the unpacked program does not start
 */
export async function fetchFromDebian(folder: string): Promise<Fetched | undefined> {
  if (!(await unpackDebianPackages(folder, packages))) return undefined
  const fetched = await fetchedRedis(folder)
  if (!fetched) throw new Error(`The redis-server unpacked in ${folder} does not start; see: ldd usr/bin/redis-server`)
  return fetched
}
