// What `tsc -b` compiles first for a package is what the package imports: the images are built so, the tests are not.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { readWorkspace, repository } from './arrows/workspace.ts'

type BuildConfig = { references?: { path: string }[] }

test('tsconfig.build.json refers to every package of the workspace that package.json depends on', () => {
  const built = readWorkspace().filter(({ folder }) => folder !== '.' && existsSync(configOf(folder)))
  assert.ok(built.length > 10, `${built.length} packages are built`)
  for (const { name, folder, dependencies } of built) {
    const needed = dependencies.filter(dependency => dependency.startsWith('@goftegu/'))
    const { references = [] }: BuildConfig = JSON.parse(readFileSync(configOf(folder), 'utf8'))
    const named = references.map(({ path }) => `@goftegu/${basename(dirname(path))}`)
    assert.deepEqual(named.sort(), needed.sort(), name)
  }
})

function configOf(folder: string): string {
  return join(repository, folder, 'tsconfig.build.json')
}
