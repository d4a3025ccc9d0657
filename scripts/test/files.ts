// Which test files a run is about.
import { globSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's own folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Patterns of test files: those that need nothing but this machine, and those that need Docker. */
export const suites = {
  all: ['packages/*/test/**/*.test.ts', 'services/*/test/**/*.test.ts', 'test/**/*.test.ts'],
  cluster: ['deploy/test/**/*.test.ts', 'packages/*/test/**/*.docker.ts', 'test/cluster/*.cluster.ts'],
} as const
export type SuiteName = keyof typeof suites

/**
 * Absolute paths of the test files, narrowed to those at or under `paths` (as typed, from the repository's folder).
 * @throws Error when a path holds no test: a typing error must not look like success
 */
export function findTestFiles(suite: SuiteName, paths: string[]): string[] {
  const patterns = suites[suite]
  const all = globSync([...patterns], { cwd: root })
    .map(file => resolve(root, file))
    .sort()
  if (paths.length === 0) return all
  const wanted = paths.map(path => resolve(root, path))
  const empty = wanted.find(path => !all.some(file => isUnder(file, path)))
  if (empty) throw new Error(`No test files at ${relative(root, empty) || empty}. Tests are ${patterns.join(', ')}`)
  return all.filter(file => wanted.some(path => isUnder(file, path)))
}

function isUnder(file: string, path: string): boolean {
  return file === path || file.startsWith(path + sep)
}
