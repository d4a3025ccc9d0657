// How much memory a service has, and the most that it had.
import { type Cleanup, scrape } from '@goftegu/testkit'
import { tenths } from './scenario.ts'

const sampleMs = 500
const mebibyte = 1024 * 1024

/** Resident, and outside of V8's heap: buffers. */
export type Memory = { residentMiB: number; buffersMiB: number }

export class MemoryWatch {
  most: Memory = { residentMiB: 0, buffersMiB: 0 }
  readonly #url: string
  #isAsking = false

  constructor(t: Cleanup, url: string) {
    this.#url = url
    const timer = setInterval(() => void this.#sample(), sampleMs)
    t.after(() => clearInterval(timer))
  }

  async now(): Promise<Memory> {
    const metrics = await scrape(this.#url)
    const mib = (name: string) => tenths((metrics.get(name) ?? Number.NaN) / mebibyte)
    const memory = {
      residentMiB: mib('process_resident_memory_bytes'),
      buffersMiB: mib('nodejs_external_memory_bytes'),
    }
    this.most = {
      residentMiB: Math.max(this.most.residentMiB, memory.residentMiB),
      buffersMiB: Math.max(this.most.buffersMiB, memory.buffersMiB),
    }
    return memory
  }

  async #sample(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    await this.now().catch(() => {}) // it may be too busy to answer; then the next one counts
    this.#isAsking = false
  }
}
