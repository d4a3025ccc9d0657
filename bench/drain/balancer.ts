// HAProxy in front of the gateways, with the configuration that deploy/ ships.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Cleanup, eventually, freePort } from '@goftegu/testkit'

const shipped = fileURLToPath(new URL('../../deploy/haproxy/', import.meta.url))

export type Replicas = { apis: readonly number[]; gateways: readonly number[] }

/**
 * Starts it before the replicas at these ports of this machine; one whose `/readyz` fails gets nothing new. `x-server`
 * says which gateway answered. Answers the port. @throws Error without HAProxy
 */
export async function startBalancer(t: Cleanup, replicas: Replicas): Promise<number> {
  requireHaproxy()
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-balancer-'))
  const [port, innerPort] = [await freePort(), await freePort()]
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, await configuration(replicas, innerPort))
  const env = { ...process.env, LISTEN: `127.0.0.1:${port}` }
  const child = spawn('haproxy', ['-db', '-q', '-f', file], { stdio: ['ignore', 'ignore', 'inherit'], env })
  t.after(async () => {
    await stop(child)
    await rm(folder, { recursive: true, force: true })
  })
  await eventually(() => answers(innerPort), { ms: 10_000, what: 'HAProxy to find an API and a gateway' })
  return port
}

function requireHaproxy(): void {
  try {
    execFileSync('haproxy', ['-v'], { stdio: 'ignore' })
  } catch (cause) {
    throw new Error('HAProxy is not installed: apt-get install haproxy', { cause })
  }
}

/**
 * The shipped file, but for what this machine has otherwise: where its files and ports are, and replicas at addresses
 * in place of Docker's names. @throws Error where the file has changed so that one of these is not found in it
 */
async function configuration({ apis, gateways }: Replicas, innerPort: number): Promise<string> {
  const changes: [from: RegExp, to: string][] = [
    [/\/usr\/local\/etc\/haproxy\//g, shipped],
    [/^resolvers docker\n(?: +.*\n)+/m, ''],
    [/ resolvers docker init-addr none$/m, ''],
    [/^ +bind :8404$/m, `    bind 127.0.0.1:${innerPort}`],
    [/^ +server-template api- .*$/m, serversOf('api', apis)],
    [/^ +server-template gateway- .*$/m, `${serversOf('gateway', gateways)}\n    http-response set-header x-server %s`],
  ]
  let text = await readFile(join(shipped, 'haproxy.cfg'), 'utf8')
  for (const [from, to] of changes) {
    const changed = text.replace(from, () => to)
    if (changed === text) throw new Error(`deploy/haproxy/haproxy.cfg has no ${from}`)
    text = changed
  }
  return text
}

function serversOf(name: string, ports: readonly number[]): string {
  return ports.map((port, i) => `    server ${name}-${i} 127.0.0.1:${port}`).join('\n')
}

async function answers(innerPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${innerPort}/ready`)).ok
  } catch {
    return false
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
