// HAProxy in front of the gateways, as an operator would run it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cleanup, eventually, freePort } from '@goftegu/testkit'

/** Starts it; a gateway whose `/readyz` fails gets nothing new. Answers the port. @throws Error without HAProxy */
export async function startBalancer(t: Cleanup, gatewayPorts: readonly number[]): Promise<number> {
  requireHaproxy()
  const folder = await mkdtemp(join(tmpdir(), 'goftegu-balancer-'))
  const port = await freePort()
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, configuration(port, gatewayPorts))
  const child = spawn('haproxy', ['-db', '-q', '-f', file], { stdio: ['ignore', 'inherit', 'inherit'] })
  t.after(async () => {
    await stop(child)
    await rm(folder, { recursive: true, force: true })
  })
  await eventually(() => answers(port), { ms: 10_000, what: 'HAProxy to find a gateway' })
  return port
}

function requireHaproxy(): void {
  try {
    execFileSync('haproxy', ['-v'], { stdio: 'ignore' })
  } catch (cause) {
    throw new Error('HAProxy is not installed: apt-get install haproxy', { cause })
  }
}

/** `x-server` says which gateway it was. A refusal by one that drains is asked of another one, once. */
function configuration(port: number, gatewayPorts: readonly number[]): string {
  const servers = gatewayPorts.map((gateway, i) => `  server gateway-${i} 127.0.0.1:${gateway}`)
  return `
global
  maxconn 9000
  nbthread 1
defaults
  mode http
  timeout connect 2s
  timeout client 75s
  timeout server 75s
  timeout tunnel 75s
frontend public
  bind 127.0.0.1:${port} backlog 8192
  default_backend gateways
backend gateways
  balance leastconn
  option httpchk GET /readyz
  option redispatch 1
  retries 2
  retry-on conn-failure empty-response
  http-response set-header x-server %s
  default-server check inter 500ms fastinter 250ms downinter 250ms fall 1 rise 1
${servers.join('\n')}
`
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok
  } catch {
    return false
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
