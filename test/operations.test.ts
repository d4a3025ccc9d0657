// docs/operations.md says what the code does: variables, numbers, words of the log, commands.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { blocksOf, proseOf, readDocument, repository } from './documents/markdown.ts'

const page = readDocument('docs/operations.md')
const prose = proseOf(page).replaceAll(/\n +/g, ' ')
const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const sources = globSync('{packages,services}/*/src/**/*.ts', { cwd: repository }).map(read).join('\n')

/** What others read: Node, compose and Kubernetes name theirs in another case. */
const foreign = new Set([
  'NODE_EXTRA_CA_CERTS',
  'TLS',
  'WAL',
  'FILE',
  'SIGTERM',
  'SIGKILL',
  'DISCARD',
  'ALL',
  'NODE_OPTIONS',
])

suite('docs/operations.md', () => {
  test('every variable that it names is a setting', () => {
    const known = new Set([...readDocument('README.md').matchAll(/^\| `([A-Z_0-9]+)` \|/gm)].map(([, name]) => name))
    const inCode = [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)
    const named = inCode.flatMap(code => [...code.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name))
    assert.ok(named.length > 10, `only ${named.length} variables were read`)
    assert.deepEqual(
      named.filter(name => !known.has(name) && !foreign.has(name)),
      [],
    )
  })

  test('texts of the log, and errors that it explains, are in the code', () => {
    const logged = /Texts are fixed.*/.exec(prose)![0]
    const texts = [...logged.matchAll(/`([^`]+)`/g)].map(([, text]) => text!).filter(text => text !== 'advice')
    const symptoms = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, text]) => text!)
    const errors = symptoms.filter(text => /^[A-Za-z ]{12,}/.test(text)).flatMap(text => text.split(/ … |: … /))
    assert.ok(texts.length > 5 && errors.length > 3, `${texts.length} texts, ${errors.length} errors`)
    assert.deepEqual(
      [...texts, ...errors].filter(text => !sources.includes(text)),
      [],
    )
  })

  test('its numbers are those of the code', () => {
    const pools = {
      reads: /poolSize \?\? (\d+)/.exec(read('packages/database/src/database.ts'))![1],
      writer: /lanes: (\d+)/.exec(read('packages/chat/src/writer/limits.ts'))![1],
      blobs: /poolSize = (\d+)/.exec(read('packages/blobs/src/postgres-blobs.ts'))![1],
    }
    const writer = Number(pools.writer) + 2
    const sum = Number(pools.reads) + writer + Number(pools.blobs)
    const sentence = `up to ${sum} connections (${pools.reads} for reads, ${writer} for the writer; an API up to ${pools.blobs} for attachments`
    assert.ok(prose.includes(sentence), sentence)
    assert.match(read('packages/protocol/src/limits.ts'), /heartbeatSeconds = 25\b/)
    assert.ok(prose.includes('the gateway pings every 25 s'))
    assert.match(read('services/gateway/src/limits.ts'), /silentIntervalMs: 250\b/)
    assert.match(read('services/gateway/src/limits.ts'), /compareIntervalMs: 10_000\b/)
  })

  test('the runbook of a restore is there, in the order of its steps', () => {
    const named = blocksOf(page).filter(({ name }) => name !== '')
    assert.deepEqual(
      named.map(({ name }) => name),
      ['backup', 'restore', 'renew-epoch'],
    )
    const restores = blocksOf(page).flatMap(({ text }) => text.match(/pg_restore .*/g) ?? [])
    assert.equal(restores.length, 2, 'with DATABASE_URL, and with compose')
    for (const flag of ['--clean', '--if-exists', '--single-transaction', '--exit-on-error']) {
      for (const restore of restores) assert.ok(restore.includes(flag), flag) // as test/restore.test.ts restores
    }
  })

  test('every recipe of a restore renews the epoch', () => {
    const [, compose, standalone] = page.split(/^### The same with .*$/m)
    const statement = blocksOf(page)
      .find(({ name }) => name === 'renew-epoch')!
      .text.split('-c ')[1]!
    assert.ok(compose!.includes(statement.trim()), 'compose')
    assert.ok(standalone!.includes('npm start -- --new-epoch'), 'npm start')
  })

  test('every link within it leads to a heading', () => {
    const anchors = new Set([...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) => anchorOf(title!)))
    const linked = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor!)
    assert.ok(linked.length > 10)
    assert.deepEqual(
      linked.filter(anchor => !anchors.has(anchor)),
      [],
    )
  })
})

/** As GitHub makes them. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}
