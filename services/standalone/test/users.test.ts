// Whoever starts the service, and wherever it lies, PostgreSQL runs, and never as root.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, lstatSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freshFolder, nodeStart, nothingLeft, query, runToItsEnd, startService } from './running-service.ts'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const isRoot = process.getuid?.() === 0
const nobody = { uid: idOf('-u'), gid: idOf('-g') }
const unlessRoot = isRoot ? false : 'these need root: run the tests as root'

describe('as root', { skip: unlessRoot, concurrency: false }, () => {
  /** Of all that need one of their own: it has more files than anything else here. */
  const place = freshFolder({ after })
  before(() => copyCheckout(place))

  test('PostgreSQL is another user, and its files are closed to all others', async t => {
    const dataDir = freshFolder(t)
    await startService(t, { dataDir })
    const cluster = statSync(join(dataDir, 'postgres'))
    assert.notEqual(cluster.uid, 0)
    assert.equal(cluster.mode & 0o777, 0o700)
    assert.equal(statSync(join(dataDir, 'postgres.password')).mode & 0o777, 0o600)
    assert.equal(serverUid(dataDir), cluster.uid)
  })

  test("in somebody's folder PostgreSQL is that somebody", async t => {
    const dataDir = join(freshFolder(t), 'data')
    chownSync(dirname(dataDir), nobody.uid, nobody.gid)
    await startService(t, { dataDir })
    assert.equal(statSync(join(dataDir, 'postgres')).uid, nobody.uid)
  })

  test('under a folder that is closed to all others, checkout and data', async t => {
    chmodSync(place, 0o700)
    t.after(() => chmodSync(place, 0o711))
    const dataDir = join(place, 'data')
    const cwd = checkoutIn(place)
    const isOurs = !existsSync('/var/lib/goftegu')
    t.after(() => isOurs && rmSync('/var/lib/goftegu', { recursive: true, force: true }))
    const first = await startService(t, { dataDir, cwd })
    await query(dataDir, 'create table kept as select 1 as n')
    first.child.kill('SIGTERM')
    await first.ended
    await nothingLeft(dataDir)
    assert.ok(lstatSync(join(dataDir, 'postgres')).isSymbolicLink())
    await startService(t, { dataDir, cwd })
    assert.deepEqual(await query(dataDir, 'select n from kept'), [{ n: 1 }])
  })

  test('an ordinary user', async t => {
    const { dataDir, start } = ordinaryUser(t, place)
    await startService(t, start)
    assert.equal(serverUid(dataDir), nobody.uid)
    assert.equal(statSync(dataDir).uid, nobody.uid)
  })

  test('an ordinary user, where root has started before, hears what to do', async t => {
    const { dataDir, start } = ordinaryUser(t, place)
    const root = await startService(t, { dataDir })
    root.child.kill('SIGTERM')
    await root.ended
    const { code, output } = await runToItsEnd(t, start)
    assert.equal(code, 1)
    assert.match(output, /Another user may have started here before: start as that user, or with another DATA_DIR\./)
  })
})

// As root this is done above, as another user.
if (!isRoot) {
  test('an ordinary user', async t => {
    const dataDir = freshFolder(t)
    await startService(t, { dataDir })
    assert.equal(serverUid(dataDir), process.getuid?.())
  })
}

/** Node and the checkout may lie below /root, so that user gets both elsewhere. */
function ordinaryUser(t: TestContext, place: string) {
  const folder = freshFolder(t)
  const dataDir = join(folder, 'data')
  spawnSync('install', ['-d', '-m', '711', '-o', String(nobody.uid), dataDir])
  const node = join(folder, 'node')
  spawnSync('cp', [process.execPath, node])
  const command = [node, ...nodeStart.slice(1)]
  return { dataDir, start: { dataDir, command, cwd: checkoutIn(place), ...nobody } }
}

/** The sources and all that is installed, in another place; what is installed takes no space twice. */
function copyCheckout(parent: string): void {
  const folder = checkoutIn(parent)
  const script = 'mkdir "$2"; cp -r "$1/packages" "$1/services" "$1/package.json" "$2"; cp -al "$1/node_modules" "$2"'
  const copied = spawnSync('sh', ['-ec', script, 'sh', repository, folder], { encoding: 'utf8' })
  // Hard links stay within one file system.
  if (copied.status !== 0) spawnSync('cp', ['-r', join(repository, 'node_modules'), folder])
}

function checkoutIn(parent: string): string {
  return join(parent, 'checkout')
}

function serverUid(dataDir: string): number {
  const pid = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]
  return statSync(`/proc/${pid}`).uid
}

function idOf(which: '-u' | '-g'): number {
  return Number(spawnSync('id', [which, 'nobody'], { encoding: 'utf8' }).stdout)
}
