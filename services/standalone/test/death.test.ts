// However the service dies: nothing is left running, nothing is lost, and it starts again.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Found,
  freshFolder,
  nothingLeft,
  npmStart,
  processesOf,
  query,
  type RunningService,
  runToItsEnd,
  startService,
} from './running-service.ts'

// exec: `script` asks $SHELL, and a dash would stand between it and npm and die of the Ctrl-C (bash gives its place away).
const inTerminal = ['script', '-qec', 'exec npm start', '/dev/null']
/** With a shell in between that outlives the Ctrl-C: `script` would stop together with its own child. */
const inTerminalUnderShell = ['script', '-qec', 'trap : INT; npm start; exit $?', '/dev/null']
const ctrlC = '\x03'

// One folder for all: each test finds the rows of those before it, and leaves one more.
describe('one data folder', { concurrency: false }, () => {
  const dataDir = freshFolder({ after })
  let rows = 0

  async function startAndWrite(t: TestContext, command?: string[]): Promise<RunningService> {
    const service = await startService(t, { dataDir, command })
    await query(dataDir, 'create table if not exists survivors (n integer)')
    const found = await query(dataDir, 'select count(*)::integer as n from survivors')
    assert.equal(found[0]?.n, rows)
    await query(dataDir, `insert into survivors values (${++rows})`)
    return service
  }

  test('SIGTERM to npm stops it within 2 s, with 0', async t => {
    const { child, ended } = await startAndWrite(t, npmStart)
    const startedAt = performance.now()
    child.kill('SIGTERM')
    assert.deepEqual(await ended, { code: 0, signal: null })
    await nothingLeft(dataDir)
    assert.ok(performance.now() - startedAt < 2_000)
  })

  test('the database knows letters of all languages, whatever LANG says', async t => {
    await startAndWrite(t)
    await query(dataDir, 'create extension if not exists pg_trgm')
    const facts = await query(
      dataDir,
      `select current_setting('server_encoding') as encoding, length('سلام') as length, lower('ÄRGER') as lower,
              similarity('سلام دنیا', 'سلام') > 0.4 as similar, current_setting('fsync') as fsync,
              current_setting('listen_addresses') as listens, current_setting('unix_socket_directories') as sockets`,
    )
    assert.deepEqual(facts, [
      { encoding: 'UTF8', length: 4, lower: 'ärger', similar: true, fsync: 'on', listens: '127.0.0.1', sockets: '' },
    ])
  })

  test('Ctrl-C in a terminal', async t => {
    const { child, ended } = await startAndWrite(t, inTerminal)
    child.stdin?.write(ctrlC)
    assert.equal((await ended).code, 0)
    await nothingLeft(dataDir)
  })

  test('a copy of Ctrl-C that comes late, when Node has just ended, changes nothing', async t => {
    const { child, nodePid, ended } = await startAndWrite(t, ['node', 'scripts/start.mjs', 'standalone'])
    child.kill('SIGINT')
    while (isRunning(nodePid)) await nextTurn()
    for (let copies = 0; copies < 30; copies++) {
      child.kill('SIGINT')
      await delay(1)
    }
    assert.deepEqual(await ended, { code: 0, signal: null })
  })

  test('the copy of one Ctrl-C that npm passes on, however late, is no second one', async t => {
    const { child, ended, address } = await startAndWrite(t, inTerminalUnderShell)
    const request = await unfinishedRequest(t, address)
    const [npm] = processesOf(dataDir).filter(({ command }) => command.startsWith('npm start'))
    assert.ok(npm)
    process.kill(npm.pid, 'SIGSTOP') // a machine that is too busy to let npm run
    child.stdin?.write(ctrlC)
    await stateIs(dataDir, 'stopping')
    await delay(600) // longer than what counts as one keypress
    process.kill(npm.pid, 'SIGCONT')
    await delay(100)
    assert.equal(request.closed, false)
    request.destroy()
    assert.equal((await ended).code, 0)
    await nothingLeft(dataDir)
  })

  test('a second Ctrl-C does not wait for a request under way', async t => {
    const { child, ended, address } = await startAndWrite(t, inTerminal)
    const request = await unfinishedRequest(t, address)
    child.stdin?.write(ctrlC)
    await stateIs(dataDir, 'stopping')
    await delay(600) // two keypresses of a person; closer together they count as one
    assert.equal(request.closed, false)
    const pressedAt = performance.now()
    child.stdin?.write(ctrlC)
    assert.equal((await ended).code, 130)
    await nothingLeft(dataDir)
    assert.ok(performance.now() - pressedAt < 2_000)
  })

  test('kill -9 of Node', async t => {
    const { nodePid, ended } = await startAndWrite(t, npmStart)
    process.kill(nodePid, 'SIGKILL')
    assert.equal((await ended).code, 137)
    await nothingLeft(dataDir)
  })

  test('kill -9 of npm', async t => {
    const { child } = await startAndWrite(t, npmStart)
    child.kill('SIGKILL')
    await nothingLeft(dataDir)
  })

  test('kill -9 of the script between npm and Node', async t => {
    await startAndWrite(t, npmStart)
    killNine(dataDir, ({ command }) => /^\S*node scripts\/start\.mjs /.test(command))
    await nothingLeft(dataDir)
  })

  test('kill -9 of the whole group', async t => {
    const { child } = await startAndWrite(t, npmStart)
    assert.ok(child.pid)
    process.kill(-child.pid, 'SIGKILL')
    await nothingLeft(dataDir)
  })

  test('kill -9 of npm, and a new start at once', async t => {
    const { child } = await startAndWrite(t, npmStart)
    child.kill('SIGKILL')
    await startAndWrite(t)
  })

  test('kill -9 of Node and of the guard: the next start ends the PostgreSQL that they left', async t => {
    const { nodePid } = await startAndWrite(t)
    killNine(dataDir, isGuard)
    process.kill(nodePid, 'SIGKILL')
    await startAndWrite(t)
    assert.equal(processesOf(dataDir).filter(isPostmaster).length, 1)
  })

  test('kill -9 of PostgreSQL ends the service with 1', async t => {
    const { ended } = await startAndWrite(t)
    killNine(dataDir, isPostmaster)
    assert.equal((await ended).code, 1)
    await nothingLeft(dataDir)
  })

  test('kill -9 of the guard alone ends the service in order, with 1', async t => {
    const { ended } = await startAndWrite(t)
    killNine(dataDir, isGuard)
    assert.equal((await ended).code, 1)
    await nothingLeft(dataDir)
  })

  test('a pid file whose number another program has', async t => {
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
    writeFileSync(pidFile, [process.pid, join(dataDir, 'postgres'), 1, 1, '', '127.0.0.1', '  1 1', 'ready'].join('\n'))
    await startAndWrite(t)
  })

  test('a second start says who has the folder', async t => {
    const { nodePid, address } = await startAndWrite(t)
    const { code, output } = await runToItsEnd(t, { dataDir })
    assert.equal(code, 1)
    assert.match(output, new RegExp(`in use by process ${nodePid}, which serves ${address}\\.`))
    await query(dataDir, 'select 1')
  })
})

/** False for a zombie too: its parent has not been told yet, or is about to be. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function isPostmaster({ command }: Found): boolean {
  return /^\S+\/bin\/postgres /.test(command)
}

function isGuard({ command }: Found): boolean {
  return command.includes('goftegu-postgres-guard')
}

function killNine(dataDir: string, isMeant: (found: Found) => boolean): void {
  const meant = processesOf(dataDir).filter(isMeant)
  assert.notEqual(meant.length, 0)
  for (const { pid } of meant) process.kill(pid, 'SIGKILL')
}

/** A request whose body never comes, which a drain waits for. */
async function unfinishedRequest(t: TestContext, address: string): Promise<Socket> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname).on('error', () => {})
  t.after(() => socket.destroy())
  socket.write(
    'POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n',
  )
  await once(socket, 'data') // 100 Continue: the request is under way
  return socket
}

async function stateIs(dataDir: string, state: string): Promise<void> {
  const deadline = AbortSignal.timeout(5_000)
  while (JSON.parse(readFileSync(join(dataDir, 'owner.json'), 'utf8')).state !== state) {
    deadline.throwIfAborted()
    await delay(10)
  }
}
