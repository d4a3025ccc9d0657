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

  test('a drain is given the seconds that the gateway takes for it, here and on Kubernetes', () => {
    const burstShare = 1 / numberIn('services/gateway/src/config.ts', /burstShare = 1 \/ (\d+)/)
    const closingShare = numberIn('services/gateway/src/drain.ts', /closingShare = ([\d.]+)/)
    const perSecond = numberIn('services/gateway/src/limits.ts', /upgradesPerSecond: (\d+)/)
    const secondsFor = (sockets: number) => sockets / (perSecond * (1 - burstShare) * closingShare)
    const factor = Math.ceil(10 * secondsFor(perSecond)) / 10
    assert.ok(prose.includes(`${factor} × sockets ÷ \`UPGRADES_PER_SECOND\``), `${factor} × sockets`)

    const usual = numberIn('services/gateway/src/config.ts', /DRAIN_SECONDS: Type.Integer\(\{\s*default: (\d+)/)
    const [five, ten] = [5_000, 10_000].map(sockets => Math.ceil(secondsFor(sockets)))
    const most = Math.floor(usual / secondsFor(1)).toLocaleString('en')
    const sentence = `5,000 sockets at ${perSecond} need ${five} s, 10,000 need ${ten} s, and the ${usual} s of the default do for ${most}`
    assert.ok(prose.includes(sentence), sentence)

    const kubernetes = read('deploy/kubernetes/README.md')
    const settings = 'deploy/kubernetes/base/settings/gateway.env'
    assert.equal(numberIn(settings, /^UPGRADES_PER_SECOND=(\d+)$/m), perSecond)
    assert.equal(numberIn(settings, /^DRAIN_SECONDS=(\d+)$/m), five)
    assert.match(read(settings), new RegExp(`${five} s are enough for 5,000 sockets .* 10,000 needs ${ten}`))
    const leaving = Math.ceil(5_000 / (perSecond * (1 - burstShare)))
    assert.ok(kubernetes.includes(`at \`UPGRADES_PER_SECOND=${perSecond}\` they are sent away within ${leaving} s`))
    assert.ok(kubernetes.includes(`\`DRAIN_SECONDS=${ten}\`, \`minReadySeconds: ${ten! + 10}\``))
  })

  test('the load balancer knows of a drain before anybody is asked to come back', () => {
    const noticeMs = numberIn('services/gateway/src/drain.ts', /noticeMs = ([\d_]+)/)
    const [, gateways = ''] = read('deploy/haproxy/haproxy.cfg').split(/^backend gateways .*$/m)
    const [, inter, fall] = /default-server inter (\d+)ms fall (\d+)$/m.exec(gateways) ?? []
    assert.equal(fall, '1', 'between two failures there is another interval')
    assert.ok(Number(inter) <= noticeMs / 2, `asked every ${inter} ms, the notice is ${noticeMs} ms`)
    assert.ok(prose.includes(`(interval × failures) | ${noticeMs / 1_000}: nobody is asked to return sooner`))
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

/** The first group of the pattern. */
function numberIn(path: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(read(path)) ?? []
  assert.ok(digits, `${path} has no ${pattern}`)
  return Number(digits.replaceAll('_', ''))
}

/** As GitHub makes them. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}
