// Redis in a container, for machines that have Docker and no redis-server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { SharedRedis } from './shared-redis.ts'

/** The official image, or that of `deploy/airgap` where no registry is reached. */
const images = ['redis:7', 'goftegu-airgap/redis:7']
const startWithinMs = 60_000

/**
 * Starts one if a container runtime answers and has, or gets, an image; undefined if not. It is removed by `close`, and
 * when this Node is gone.
 */
export async function startContainer(): Promise<SharedRedis | undefined> {
  // Loaded late: it is large, and hardly ever needed.
  const { getContainerRuntimeClient } = await import('testcontainers')
  const runtime = await getContainerRuntimeClient().catch(() => undefined)
  if (!runtime) return undefined
  for (const image of images) {
    const started = await startImage(image).catch(() => undefined) // neither here nor to be pulled
    if (started) return started
  }
  return undefined
}

async function startImage(image: string): Promise<SharedRedis> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const container = await new GenericContainer(image)
    .withAutoCleanup(false) // testcontainers' reaper is an image of its own, which is not everywhere
    .withExposedPorts(6379)
    .withCommand(['redis-server', '--save', '', '--appendonly', 'no'])
    .withWaitStrategy(Wait.forSuccessfulCommand('redis-cli ping').withStartupTimeout(startWithinMs))
    .start()
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    from: `a container of ${image}`,
    close: removeAtEnd(container.getId()),
  }
}

/** A shell that waits for the end of this Node, however it comes, and then removes the container; or now, when called. */
function removeAtEnd(id: string): () => Promise<void> {
  const script = 'cat >/dev/null; docker rm --force --volumes "$1" >/dev/null 2>&1'
  const shell = spawn('/bin/sh', ['-c', script, 'goftegu-redis', id], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  shell.unref()
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref()
  return async () => {
    if (shell.exitCode !== null) return
    shell.ref()
    shell.stdin.end()
    await once(shell, 'exit')
  }
}
