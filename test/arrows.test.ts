// The arrows between packages: kept by the workspace, and each rule seen to fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { violations } from './arrows/rules.ts'
import { readWorkspace, type WorkspacePackage } from './arrows/workspace.ts'

test('the workspace keeps to the arrows', () => {
  const packages = readWorkspace()
  assert.ok(packages.length >= 13, `only ${packages.length} packages were read`)
  for (const { name, files } of packages) assert.ok(files.length > 0, `no source files of ${name} were read`)
  assert.deepEqual(violations(packages), [])
})

/** A package that keeps every rule, changed by each test in one respect. */
function chat({
  path = 'src/chat.ts',
  text = '',
  ...changes
}: Partial<WorkspacePackage> & { path?: string; text?: string }) {
  const own: WorkspacePackage = {
    name: '@goftegu/chat',
    folder: 'packages/chat',
    dependencies: ['@goftegu/database', '@goftegu/protocol', 'kysely'],
    devDependencies: ['@goftegu/testkit', 'fast-check'],
    files: [{ path: `packages/chat/${path}`, text }],
  }
  return { ...own, ...changes }
}

/** Keeps the line from looking like an import of this very file. */
const quoted = (path: string) => `'${path}'`

const wrong: [string, WorkspacePackage[], RegExp][] = [
  ['a package depends on one downstream', [chat({ dependencies: ['@goftegu/http'] })], /chat may not depend on .*http/],
  ['testkit is a dependency', [chat({ dependencies: ['@goftegu/testkit'] })], /testkit, which may only be a devDep/],
  ['a package is unknown', [chat({ name: '@goftegu/groups' })], /groups is not in test\/arrows\/allowed/],
  [
    'packages form a circle',
    [chat({}), chat({ name: '@goftegu/database', dependencies: [], devDependencies: ['@goftegu/chat'] })],
    /circle: @goftegu\/chat -> @goftegu\/database -> @goftegu\/chat/,
  ],
  ['an import is not declared', [chat({ text: "import { z } from 'zod'" })], /zod is not declared in packages\/chat/],
  ['a devDependency is shipped', [chat({ text: "import fc from 'fast-check'" })], /fast-check is not declared/],
  ['source imports testkit', [chat({ text: "import { within } from '@goftegu/testkit'" })], /testkit is for tests/],
  [
    'an import goes deep',
    [chat({ text: "import { x } from '@goftegu/database/src/x.ts'" })],
    /past the package's index/,
  ],
  ['a path leaves the package', [chat({ text: "export * from '../../bus/src/index.ts'" })], /another package/],
  [
    'a dynamic import does',
    [chat({ text: `const m = await import(${quoted('../../bus/src/index.ts')})` })],
    /another package/,
  ],
  ['a type import does', [chat({ text: "import type { A } from '../../bus/src/a.ts'" })], /another package/],
  ['a package imports itself by name', [chat({ text: "import '@goftegu/chat'" })], /its own package/],
  ['a builtin is not named as such', [chat({ text: "import fs from 'fs'" })], /write node:fs/],
  ['the environment is read', [chat({ text: 'const port = process.env.PORT' })], /process\.env is read in config\.ts/],
  ['the environment is imported', [chat({ text: "import { env } from 'node:process'" })], /process\.env is read/],
  [
    'a room is entered from the wrong side',
    [chat({ path: 'src/reads/mark.ts', text: "import { createWriter } from '../writer/writer.ts'" })],
    /writer\.ts may be imported by messages, chat\.ts, index\.ts only/,
  ],
  [
    'a pure file imports',
    [chat({ path: 'src/permissions.ts', text: "import {\n  a,\n  b,\n} from './rows.ts'" })],
    /stays pure, but imports \.\/rows\.ts/,
  ],
]

for (const [name, packages, expected] of wrong) {
  test(`it is noticed when ${name}`, () => {
    const found = violations(packages)
    assert.equal(found.length, 1, `found ${JSON.stringify(found)}`)
    assert.match(found[0] ?? '', expected)
  })
}

test('what is allowed passes', () => {
  const text = [
    "import { test } from 'node:test'",
    "import { freshDatabase } from '@goftegu/testkit'",
    "import { migrate } from '@goftegu/database'",
    "import { createChat } from '@goftegu/chat'",
    "import { createWriter } from '../src/writer/writer.ts'",
    "// import { old } from 'zod'",
    'const port = process.env.PORT',
  ].join('\n')
  assert.deepEqual(violations([chat({ path: 'test/chat.test.ts', text })]), [])
  assert.deepEqual(violations([chat({ path: 'src/config.ts', text: 'const port = process.env.PORT' })]), [])
  assert.deepEqual(violations([chat({ path: 'src/reads/a.ts', text: "import type { A } from '../writer/a.ts'" })]), [])
})
