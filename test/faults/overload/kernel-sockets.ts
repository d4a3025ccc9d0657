// The connections of a port as Linux' kernel has them: what is open, and what nobody has taken yet.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Cleanup } from '@goftegu/testkit'

const established = '01'
const sampleMs = 250

/** By the peer's port: bytes that the kernel holds for it. Those alone that the process has not let go of. */
function openConnections(port: number): Map<number, number> {
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1, -1)
  const connections = lines.map(line => {
    const [, local = '', remote = '', state, queues = ''] = line.trim().split(/\s+/)
    return { local: portOf(local), remote: portOf(remote), state, queued: Number.parseInt(queues, 16) }
  })
  const ours = connections.filter(({ local, state }) => local === port && state === established)
  return new Map(ours.map(({ remote, queued }) => [remote, queued]))
}

function portOf(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16)
}

/** Follows some peers of the server at `url`. */
export class KernelSockets {
  /** The most that the kernel held for any of them. */
  mostQueuedBytes = 0
  /** When each was let go of, in milliseconds since it was first asked for. */
  readonly freedMs = new Map<number, number>()
  readonly #port: number
  readonly #sinceMs = new Map<number, number>()

  constructor(t: Cleanup, url: string) {
    this.#port = Number(new URL(url).port)
    const timer = setInterval(() => this.#look(), sampleMs)
    t.after(() => clearInterval(timer))
  }

  follow(ports: readonly number[]): void {
    for (const port of ports) this.#sinceMs.set(port, performance.now())
  }

  /** Resolves when the server has let go of all of them, or the time is over; answers how many are left. */
  async freed(ms: number): Promise<number> {
    const until = performance.now() + ms
    while (this.freedMs.size < this.#sinceMs.size && performance.now() < until) await delay(sampleMs)
    return this.#sinceMs.size - this.freedMs.size
  }

  #look(): void {
    const open = openConnections(this.#port)
    for (const [port, sinceMs] of this.#sinceMs) {
      if (this.freedMs.has(port)) continue
      const queued = open.get(port)
      if (queued === undefined) this.freedMs.set(port, performance.now() - sinceMs)
      else this.mostQueuedBytes = Math.max(this.mostQueuedBytes, queued)
    }
  }
}
