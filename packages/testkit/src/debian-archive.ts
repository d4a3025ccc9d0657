// Downloads Debian packages with apt-get and unpacks them into a folder; installs nothing, needs no root.
import { execFile } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Signs every Debian that is still kept; part of any Debian. */
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

type Source = {
  /** A release of Debian, like `trixie`, to ask where the machine's own sources do not have the packages. */
  suite?: string
}

/**
 * Unpacks `packages` into `folder`, which is replaced when all is there, saying so on stderr.
 * @returns false on machines without apt-get and dpkg
 * @throws Error with what apt-get said
 */
export async function unpackDebianPackages(folder: string, packages: string[], source: Source = {}): Promise<boolean> {
  if (!(await answers('apt-get')) || !(await answers('dpkg'))) return false
  process.stderr.write(`Not found here: ${packages[0]}. Fetching Debian's into ${folder} (nothing is installed) ...\n`)
  mkdirSync(dirname(folder), { recursive: true })
  const making = mkdtempSync(`${folder}-`)
  try {
    await download(making, packages, source)
    for (const file of globSync('*.deb', { cwd: making })) {
      await execute('dpkg', ['-x', file, '.'], { cwd: making })
      rmSync(join(making, file))
    }
    rmSync(folder, { recursive: true, force: true })
    renameSync(making, folder)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return true
}

async function download(folder: string, packages: string[], { suite }: Source): Promise<void> {
  try {
    await execute('apt-get', ['download', ...packages], { cwd: folder })
  } catch {
    // Most often there are no package lists, as in a fresh container. Lists of our own need no root.
    const lists = join(folder, 'apt')
    mkdirSync(join(lists, 'partial'), { recursive: true })
    const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${lists}`, '-o', 'APT::Sandbox::User=']
    if (suite) own.push(...onlyFrom(suite, join(folder, 'sources.list')))
    await execute('apt-get', [...own, '-qq', 'update'], { cwd: folder })
    await execute('apt-get', [...own, 'download', ...packages], { cwd: folder })
    for (const own of [lists, join(folder, 'sources.list')]) rmSync(own, { recursive: true, force: true })
  }
}

/** `list` lies outside the lists' folder: apt-get tidies that one up. */
function onlyFrom(suite: string, list: string): string[] {
  writeFileSync(list, `deb [signed-by=${keyring}] http://deb.debian.org/debian ${suite} main\n`)
  return ['-o', `Dir::Etc::SourceList=${list}`, '-o', 'Dir::Etc::SourceParts=/dev/null']
}

async function answers(program: string): Promise<boolean> {
  return execute(program, ['--version']).then(
    () => true,
    () => false,
  )
}
