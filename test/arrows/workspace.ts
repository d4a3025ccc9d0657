// Reads the workspace's packages: what each declares, and its source files.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../..', import.meta.url))

export type SourceFile = {
  /** From the repository's folder: `packages/chat/src/chat.ts`. */
  path: string
  text: string
}

export type WorkspacePackage = {
  name: string
  /** From the repository's folder, `.` for the repository itself. */
  folder: string
  dependencies: string[]
  devDependencies: string[]
  files: SourceFile[]
}

type Manifest = { name: string; dependencies?: Record<string, string>; devDependencies?: Record<string, string> }

/** Every package of the workspace, and the repository itself with its `scripts` and `test`. */
export function readWorkspace(): WorkspacePackage[] {
  const manifests = globSync(['package.json', 'bench/package.json', '{packages,services}/*/package.json'], {
    cwd: repository,
  })
  return manifests.sort().map(readPackage)
}

function readPackage(manifest: string): WorkspacePackage {
  const { name, dependencies = {}, devDependencies = {} }: Manifest = JSON.parse(readText(manifest))
  const folder = dirname(manifest)
  const patterns = folder === '.' ? ['scripts/**/*.ts', 'test/**/*.ts'] : [`${folder}/**/*.{ts,mts,cts}`]
  const isInstalled = (file: string) => /(^|\/)(node_modules|dist)(\/|$)/.test(file)
  const files = globSync(patterns, { cwd: repository, exclude: isInstalled }).sort()
  return {
    name,
    folder,
    dependencies: Object.keys(dependencies),
    devDependencies: Object.keys(devDependencies),
    files: files.filter(file => existsSync(join(repository, file))).map(path => ({ path, text: readText(path) })),
  }
}

function readText(path: string): string {
  return readFileSync(join(repository, path), 'utf8')
}
