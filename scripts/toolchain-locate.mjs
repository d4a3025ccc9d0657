// Run inside npx: prints where the node and the pnpm that it brought are.
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const launchers = process.env.PATH.split(delimiter).map(folder => join(folder, 'pnpm'))
const launcher = launchers.find(path => existsSync(path) && realpathSync(path).endsWith('.mjs'))
// Windows has shims in place of links: the package lies beside them.
const beside = launchers.map(path => join(path, '..', '..', 'pnpm', 'bin', 'pnpm.mjs')).find(path => existsSync(path))

process.stdout.write(
  `${JSON.stringify({ node: process.execPath, pnpm: launcher ? realpathSync(launcher) : beside })}\n`,
)
