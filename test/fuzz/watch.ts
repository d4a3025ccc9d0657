// Looks at the process from the side while it is fuzzed: does it answer, how late is its loop, what does it hold.
import { readFile } from 'node:fs/promises'
import { connect, type Scrape, type SocketClient, scrape, within } from '@goftegu/testkit'
import type { Findings } from './findings.ts'
import type { Target } from './target.ts'

const everyMs = 250
const answerWithinMs = 30_000
/** What someone who does nothing may hear. */
const quietEvents = new Set(['ready', 'read_updated', 'pong'])

export type Watched = {
  /** The longest that the event loop was late, as `/metrics` says, in ms. */
  lagMs: number
  /** The same without what the process waited for a CPU in that time: what is the server's own doing. */
  ownLagMs: number
  /** The longest round trip of an innocent client's ping. */
  roundTripMs: number
  /** Resident memory, look by look. */
  residentMiB: number[]
}

export class Watch {
  readonly seen: Watched = { lagMs: 0, ownLagMs: 0, roundTripMs: 0, residentMiB: [] }
  readonly #target: Target
  readonly #findings: Findings
  readonly #socket: SocketClient
  #waitedMs = 0
  #isOver = false
  #looking: Promise<void> = Promise.resolve()

  private constructor(target: Target, findings: Findings, socket: SocketClient) {
    this.#target = target
    this.#findings = findings
    this.#socket = socket
    socket.onEvent(event => {
      if (!quietEvents.has(event.type)) findings.add('something that a stranger to it heard', JSON.stringify(event))
    })
  }

  static async start(target: Target, findings: Findings): Promise<Watch> {
    const { id, writer } = target.quiet
    const socket = await connect(`${target.url}/ws/chat/${id}/`, {
      headers: { authorization: `Bearer ${writer.token}` },
      ms: answerWithinMs,
    })
    await socket.next('ready')
    const watch = new Watch(target, findings, socket)
    watch.#waitedMs = await waitedMs(target.service.pid)
    await scrape(target.url) // what was late before this is not the fuzzer's doing
    watch.#looking = watch.#look()
    return watch
  }

  async stop(): Promise<Watched> {
    this.#isOver = true
    await this.#looking
    this.#socket.terminate()
    return this.seen
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#lookOnce()
      } catch (error) {
        this.#findings.add('a look from the side that failed', (error as Error).message)
        return
      }
      await new Promise(resolve => setTimeout(resolve, everyMs))
    }
  }

  async #lookOnce(): Promise<void> {
    const startedMs = performance.now()
    this.#socket.send({ type: 'ping' })
    await this.#socket.next('pong', { ms: answerWithinMs })
    this.seen.roundTripMs = Math.max(this.seen.roundTripMs, performance.now() - startedMs)
    const samples = await within(scrape(this.#target.url), answerWithinMs, '/metrics')
    const lagMs = figureOf(samples, 'nodejs_eventloop_lag_max_seconds') * 1_000
    const waited = await waitedMs(this.#target.service.pid)
    const ownLagMs = Math.max(0, lagMs - (waited - this.#waitedMs))
    this.#waitedMs = waited
    this.seen.lagMs = Math.max(this.seen.lagMs, lagMs)
    this.seen.ownLagMs = Math.max(this.seen.ownLagMs, ownLagMs)
    this.seen.residentMiB.push(figureOf(samples, 'process_resident_memory_bytes') / 2 ** 20)
  }
}

/** @throws Error where it is missing: no comparison with it would ever find anything */
function figureOf(samples: Scrape, name: string): number {
  const figure = samples.get(name)
  if (figure === undefined) throw new Error(`/metrics does not say ${name}`)
  return figure
}

/** How long the process' main thread was ready to run, and others had the CPUs; 0 where no Linux says it. */
async function waitedMs(pid: number): Promise<number> {
  const line = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '0 0 0')
  return Number(line.split(' ')[1]) / 1e6
}
