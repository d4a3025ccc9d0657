// docker-compose.yml brought up for a test, under a name and on a port of its own, and taken down again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createAuthority, eventually, freePort } from '@goftegu/testkit'
import type { ImageNames } from './build-images.ts'
import { composeCommand, docker, run } from './docker.ts'

/** Servers of the load balancer that take traffic, by the name of its backend. */
export type UpServers = { apis: number; gateways: number }

/** A running stack. */
export class Stack {
  readonly url: string
  readonly tlsUrl: string
  /** The authority of the certificate on `tlsUrl`, in PEM. */
  readonly authority: string
  /** What `.env` would say. */
  readonly #settings: Record<string, string>

  constructor(options: Pick<Stack, 'url' | 'tlsUrl' | 'authority'>, settings: Record<string, string>) {
    this.url = options.url
    this.tlsUrl = options.tlsUrl
    this.authority = options.authority
    this.#settings = settings
  }

  /** Says something else in `.env`, for all that comes. */
  change(settings: Record<string, string>): void {
    Object.assign(this.#settings, settings)
  }

  /** Replaces the replicas one by one, as an operator would. */
  roll(): Promise<string> {
    return run('deploy/roll.sh', ['-f', 'docker-compose.yml'], this.#settings)
  }

  /** Runs docker-compose on this stack's files. */
  compose(...args: string[]): Promise<string> {
    return this.#compose('-f', 'docker-compose.yml', ...args)
  }

  async #compose(...args: string[]): Promise<string> {
    const [program, ...first] = await composeCommand()
    return run(program, [...first, ...args], this.#settings)
  }

  /** …with TLS at the load balancer. */
  composeWithTls(...args: string[]): Promise<string> {
    return this.#compose('-f', 'docker-compose.yml', '-f', 'deploy/compose.tls.yml', ...args)
  }

  /** The ids of a service's containers. */
  async containers(service: string): Promise<string[]> {
    return (await this.compose('ps', '-q', service)).split('\n')
  }

  /** One of HAProxy's own metrics of the servers, by `backend/server`. */
  async serverMetric(pattern: RegExp): Promise<Map<string, number>> {
    const [balancer = ''] = await this.containers('balancer')
    const ask = `exec 3<>/dev/tcp/127.0.0.1/8404; printf 'GET /metrics?scope=server HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`
    const lines = (await docker('exec', balancer, 'bash', '-c', ask)).split('\n').filter(line => pattern.test(line))
    return new Map(
      lines.map(line => {
        const [, proxy, server] = /proxy="(\w+)",server="([\w-]+)"/.exec(line) ?? []
        return [`${proxy}/${server}`, Number(line.split(' ').at(-1))]
      }),
    )
  }

  /** Waits until the load balancer sends traffic to exactly so many. */
  async serves(wanted: UpServers): Promise<void> {
    const isUp = async () => {
      const up = await this.serverMetric(/^haproxy_server_status\{.*state="UP"\} 1$/)
      const count = (proxy: string) => [...up.keys()].filter(name => name.startsWith(proxy)).length
      return count('apis') === wanted.apis && count('gateways') === wanted.gateways
    }
    await eventually(isUp, { ms: 180_000, everyMs: 300, what: `${JSON.stringify(wanted)} behind the balancer` })
  }
}

/** Brings it up; it is taken down, volumes included, after the test. */
export async function startStack(t: TestContext, images: ImageNames): Promise<Stack> {
  const [httpPort, httpsPort, authority] = [await freePort(), await freePort(), await createAuthority()]
  const folder = mkdtempSync(join(tmpdir(), 'goftegu-test-tls-'))
  const { certificate, key } = await authority.issue(['127.0.0.1'])
  // Read by the user of the balancer's container, which is nobody here.
  writeFileSync(join(folder, 'tls.pem'), `${certificate}\n${key}\n`, { mode: 0o644 })
  const env = {
    ...images,
    COMPOSE_PROJECT_NAME: `goftegu-test-${process.pid}`,
    POSTGRES_PASSWORD: 'of-the-tests-alone',
    BIND: '127.0.0.1',
    HTTP_PORT: String(httpPort),
    HTTPS_PORT: String(httpsPort),
    PUBLIC_URL: `http://127.0.0.1:${httpPort}`,
    TLS_CERTIFICATE: join(folder, 'tls.pem'),
  }
  await run('chmod', ['755', folder])
  const urls = { url: `http://127.0.0.1:${httpPort}`, tlsUrl: `https://127.0.0.1:${httpsPort}` }
  const stack = new Stack({ ...urls, authority: authority.certificate }, env)
  t.after(async () => {
    await takeDown(stack)
    rmSync(folder, { recursive: true })
  })
  await stack.compose('up', '-d', '--no-build')
  await stack.serves({ apis: 2, gateways: 2 })
  return stack
}

/**
 * Removes containers, volumes and networks.
 * Docker may believe for ever that a network is in use by a container that is gone: that is in nobody's way, each stack
 * having networks of its own, and is no fault of the stack.
 */
async function takeDown(stack: Stack): Promise<void> {
  const down = () => stack.compose('down', '--volumes', '--timeout', '20')
  await down()
    .catch(down)
    .catch(error => {
      if (!/has active endpoints/.test(error.message)) throw error
    })
}
