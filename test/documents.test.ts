// The documents agree with the repository: folders, links, commands, settings.
import assert from 'node:assert/strict'
import { existsSync, globSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { withSettingsTable } from '../scripts/settings-table.ts'
import { readDocument, relativeLinksOf, repository } from './documents/markdown.ts'

const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: repository }).sort()

test('the README’s folder table names the folders that exist, and no others', () => {
  const named = [...readDocument('README.md').matchAll(/^\| `([\w/-]+)` \| [^|]+ \|$/gm)].map(([, folder]) => folder)
  const packages = globSync('{packages,services}/*/package.json', { cwd: repository }).map(dirname)
  const others = readdirSync(repository, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !/^\.|^(node_modules|packages|services)$/.test(entry.name))
    .map(({ name }) => name)
  assert.deepEqual(named.sort(), [...packages, ...others].sort())
})

test('the README’s table of settings is up to date', async () => {
  const text = readDocument('README.md')
  assert.equal(text, await withSettingsTable(text), 'run: npm run docs')
})

test('every link within the repository leads somewhere', () => {
  const links = documents.flatMap(document => relativeLinksOf(readDocument(document)).map(link => ({ document, link })))
  assert.ok(links.length > 10, `only ${links.length} links were read`)
  const dead = links.filter(({ document, link }) => !existsSync(join(repository, dirname(document), link)))
  assert.deepEqual(dead, [])
})

test('the index of decisions lists each of them, in their order', () => {
  const written = globSync('docs/decisions/[0-9]*.md', { cwd: repository }).map(path => basename(path))
  assert.ok(written.length > 20, `only ${written.length} decisions were found`)
  assert.deepEqual(relativeLinksOf(readDocument('docs/decisions/README.md')), written.sort())
})

test('every npm command that a document names exists', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readDocument('package.json'))
  const files = [...documents, 'services/standalone/src/welcome.ts', '.env.example']
  const named = files.flatMap(file => {
    const commands = readDocument(file).matchAll(/\bnpm (?:run (\w+)|(start|test))\b/g)
    return [...commands].map(([, run, own]) => ({ file, command: run ?? own ?? '' }))
  })
  assert.ok(named.length > 10, `only ${named.length} commands were read`)
  assert.deepEqual(
    named.filter(({ command }) => !(command in scripts)),
    [],
  )
})

test('every file or folder of ours that a document names in code exists', () => {
  const named = documents
    .filter(document => document !== 'CHANGELOG.md')
    .flatMap(document => {
      const paths = readDocument(document).matchAll(/`((?:packages|services|scripts|test|docs)\/[\w./-]+)`/g)
      return [...paths].map(([, path = '']) => ({ document, path }))
    })
  assert.ok(named.length > 10, `only ${named.length} paths were read`)
  assert.deepEqual(
    named.filter(({ path }) => !existsSync(join(repository, path))),
    [],
  )
})
