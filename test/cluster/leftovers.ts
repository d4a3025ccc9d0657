// Nothing stays behind: containers and networks of this suite carry the id of the process that owns them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { getContainerRuntimeClient } from 'testcontainers'

/** On every container: the process that started it. */
export const ownerLabel = 'goftegu.cluster.owner'
const networkPrefix = 'goftegu-cluster-'

/** Name of the network of this process. */
export function networkName(): string {
  return `${networkPrefix}${process.pid}`
}

/** Removes what processes that are gone left behind. */
export async function sweepLeftovers(): Promise<void> {
  const { container } = await getContainerRuntimeClient()
  const containers = await container.dockerode.listContainers({ all: true, filters: { label: [ownerLabel] } })
  for (const { Id, Labels } of containers) {
    if (!isRunning(Labels[ownerLabel])) await container.dockerode.getContainer(Id).remove({ force: true, v: true })
  }
  for (const { Id, Name } of await container.dockerode.listNetworks()) {
    const owner = Name.startsWith(networkPrefix) ? Name.slice(networkPrefix.length) : undefined
    if (owner === undefined || isRunning(owner)) continue
    // One that Docker still believes to be in use is in nobody's way: each process has a network of its own.
    await container.dockerode
      .getNetwork(Id)
      .remove()
      .catch(({ message }) => console.log(`${Name} stays: ${message}`))
  }
}

function isRunning(owner: string | undefined): boolean {
  try {
    return process.kill(Number(owner), 0)
  } catch {
    return false
  }
}

/** Reads until its input ends, which the kernel does for a Node that was killed; then removes what that Node started. */
const script = `
cat >/dev/null
docker ps --all --quiet --filter "label=$1" | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
docker network rm "$2" >/dev/null 2>&1
`

/** Removes everything of this process when it ends, however it ends: a shell in a session of its own waits for that. */
export class Undertaker {
  readonly #shell: ChildProcess

  constructor() {
    const args = ['-c', script, 'goftegu-undertaker', `${ownerLabel}=${process.pid}`, networkName()]
    this.#shell = spawn('/bin/sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' })
    this.#shell.on('error', () => {})
    this.#shell.unref()
    const { stdin } = this.#shell
    if (stdin && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
  }

  /** Removes it now, and waits for that. */
  async close(): Promise<void> {
    if (this.#shell.exitCode !== null) return
    this.#shell.ref()
    this.#shell.stdin?.end()
    await once(this.#shell, 'exit')
  }
}
