// The rules of the arrows, pure: packages in, sentences about what is wrong out.
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pureFiles, rooms, upstream } from './allowed.ts'
import { type Import, importsOf, withoutComments } from './imports.ts'
import type { SourceFile, WorkspacePackage } from './workspace.ts'

const scope = '@goftegu/'
const testkit = `${scope}testkit`

/** Everything that is wrong with `packages`, one sentence each. */
export function violations(packages: WorkspacePackage[]): string[] {
  return [
    ...packages.flatMap(wrongDependencies),
    ...circles(packages),
    ...packages.flatMap(own => own.files.flatMap(file => wrongImports(own, file))),
    ...packages.flatMap(own => own.files.flatMap(file => wrongEnvironment(own, file))),
  ]
}

function wrongDependencies(own: WorkspacePackage): string[] {
  if (own.folder === '.') return []
  const name = own.name.replace(scope, '')
  if (!upstream[name]) return [`${own.name} is not in test/arrows/allowed.ts`]
  const allowed = upstreamOf(name)
  return own.dependencies
    .filter(dependency => dependency.startsWith(scope) && !allowed.has(dependency.replace(scope, '')))
    .map(dependency =>
      dependency === testkit
        ? `${own.name} depends on testkit, which may only be a devDependency`
        : `${own.name} may not depend on ${dependency}`,
    )
}

function upstreamOf(name: string): Set<string> {
  const direct = upstream[name] ?? []
  return new Set(direct.flatMap(each => [each, ...upstreamOf(each)]))
}

/** Circles among the packages, devDependencies included: pnpm could not order their builds. */
function circles(packages: WorkspacePackage[]): string[] {
  const byName = new Map(packages.map(own => [own.name, own]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (name: string, path: string[]) => {
    if (path.includes(name)) found.push(`circle: ${[...path.slice(path.indexOf(name)), name].join(' -> ')}`)
    const own = byName.get(name)
    if (!own || path.includes(name) || done.has(name)) return
    for (const dependency of [...own.dependencies, ...own.devDependencies]) visit(dependency, [...path, name])
    done.add(name)
  }
  for (const { name } of packages) visit(name, [])
  return found
}

function wrongImports(own: WorkspacePackage, file: SourceFile): string[] {
  return importsOf(file.text).flatMap(found => {
    const wrong = found.from.startsWith('.') ? wrongRelative(own, file, found) : wrongBare(own, file, found)
    return wrong ? [`${file.path}: ${wrong}`] : []
  })
}

function wrongRelative(own: WorkspacePackage, file: SourceFile, { from, isType }: Import): string | undefined {
  const target = join(dirname(file.path), from)
  if (relative(own.folder, target).startsWith('..')) return `${from} reaches into another package`
  if (pureFiles.includes(file.path) && !isType && !pureFiles.includes(target)) return `stays pure, but imports ${from}`
  const room = rooms.find(({ room }) => target.startsWith(`${room}/`) && !file.path.startsWith(`${room}/`))
  if (!room || isType || !isShipped(own, file)) return undefined
  const importer = relative(dirname(room.room), file.path)
  if (room.importers.some(each => importer === each || importer.startsWith(`${each}/`))) return undefined
  return `${from} may be imported by ${room.importers.join(', ')} only`
}

function wrongBare(own: WorkspacePackage, file: SourceFile, { from }: Import): string | undefined {
  if (from.startsWith('node:')) return undefined
  if (isBuiltin(from)) return `write node:${from}`
  const [first = '', second = ''] = from.split('/')
  const name = from.startsWith('@') ? `${first}/${second}` : first
  if (name.startsWith(scope) && from !== name) return `${from} goes past the package's index`
  // Tests may take their own package by its name: they are its first users.
  if (name === own.name) return isShipped(own, file) ? 'imports its own package; use a relative path' : undefined
  const declared = isShipped(own, file) ? own.dependencies : [...own.dependencies, ...own.devDependencies]
  if (declared.includes(name)) return undefined
  if (name === testkit && isShipped(own, file)) return 'testkit is for tests'
  return `${name} is not declared in ${own.folder}/package.json`
}

function wrongEnvironment(own: WorkspacePackage, file: SourceFile): string[] {
  if (!isShipped(own, file) || file.path.endsWith('/config.ts')) return []
  const reads = /\bprocess\.env\b|\benv\b[^\n]*from 'node:process'/.test(withoutComments(file.text))
  return reads ? [`${file.path}: process.env is read in config.ts files only`] : []
}

/** Part of what runs in production, as opposed to tests, benchmarks and scripts. */
function isShipped(own: WorkspacePackage, file: SourceFile): boolean {
  return file.path.startsWith(`${own.folder}/src/`)
}
