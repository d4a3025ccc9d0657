// A PgBouncer of a test's own, in front of a PostgreSQL.
import { createConnection } from 'node:net'
import { delimiter, join } from 'node:path'
import type { Cleanup } from '../cleanup.ts'
import { config } from '../config.ts'
import { freePort } from '../free-port.ts'
import { isExecutable } from '../processes/is-executable.ts'
import { PrivateProcess } from '../processes/private-process.ts'
import { createWorkspace, writeInto } from '../processes/workspace.ts'

/** The pgbouncer on the PATH, or where Debian puts it; undefined where it is not installed. */
export function findPgbouncer(): string | undefined {
  const folders = [...config.path.split(delimiter), '/usr/sbin']
  return folders.map(folder => join(folder, 'pgbouncer')).find(isExecutable)
}

/**
 * Starts a PgBouncer in front of the server at `target`, for all of its databases and that URL's user.
 * @returns what takes a URL of that server to PgBouncer's
 * @throws Error that says what to install
 */
export async function privatePgbouncer(
  t: Cleanup,
  target: string,
  poolMode: 'session' | 'transaction',
): Promise<{ urlFor(url: string): string }> {
  const program = findPgbouncer()
  if (!program) throw new Error('No pgbouncer to test with: apt-get install pgbouncer')
  const { hostname, port: targetPort, username, password } = new URL(target)
  const workspace = createWorkspace('pgbouncer', 'TERM')
  const port = await freePort()
  const users = writeInto(workspace, 'users.txt', `"${username}" "${password}"\n`)
  const file = writeInto(
    workspace,
    'pgbouncer.ini',
    `[databases]
* = host=${hostname} port=${targetPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = ${poolMode}
max_client_conn = 200
default_pool_size = 50
`,
  )
  const isReady = () => listens(port)
  const running = await PrivateProcess.start({ program, args: [file], isReady }, workspace)
  t.after(async () => {
    await running.stop('SIGQUIT')
    await workspace.reaper.close()
  })
  return {
    urlFor: url => {
      const through = new URL(url)
      through.host = `127.0.0.1:${port}`
      return through.href
    },
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', reject)
  })
}
