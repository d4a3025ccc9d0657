// What the processes of a soak hold at a moment, as they say themselves.
import { setTimeout as delay } from 'node:timers/promises'
import { type Scrape, scrape, within } from '@goftegu/testkit'
import { askPostgres, askRedis } from './ask.ts'
import type { Scene } from './scene.ts'

export type Sample = {
  process: string
  /** Another one after each restart. */
  life: string
  atHours: number
  figures: Record<string, number>
}

const everyMs = 5_000
const answersWithinMs = 2_000
const mebibyte = 2 ** 20

/** Samples every 5 s from now on; who does not answer then has no sample. */
export class Sampler {
  readonly #samples: Sample[] = []
  readonly #over = new AbortController()
  readonly #watching: Promise<void>

  constructor(scene: Scene) {
    this.#watching = this.#watch(scene)
  }

  /** What everybody's memory was last, for people. */
  line(): string {
    const latest = new Map(this.#samples.map(sample => [sample.process, sample]))
    const memory = [...latest.values()].flatMap(({ process, figures: { 'resident MiB': resident, sockets } }) =>
      resident === undefined ? [] : [`${process} ${resident.toFixed(0)} MiB, ${sockets} sockets`],
    )
    return memory.join('; ')
  }

  async stop(): Promise<readonly Sample[]> {
    this.#over.abort()
    await this.#watching
    return this.#samples
  }

  async #watch(scene: Scene): Promise<void> {
    const beganMs = performance.now()
    while (!this.#over.signal.aborted) {
      this.#samples.push(...(await samplesNow(scene, (performance.now() - beganMs) / 3_600_000)))
      await delay(everyMs, undefined, { signal: this.#over.signal }).catch(() => {})
    }
  }
}

export async function samplesNow({ postgres, redis, installation }: Scene, atHours: number): Promise<Sample[]> {
  const { api, gateways } = installation
  const asked = [
    ...[...gateways.entries()].map(([n, { url }]) => ofProcess(`gateway ${n + 1}`, url)),
    ofProcess('API', api.url),
    ofRedis(redis.url),
    ofPostgres(postgres.url),
  ]
  const answers = await Promise.allSettled(asked)
  return answers.flatMap(answer => (answer.status === 'fulfilled' ? [{ ...answer.value, atHours }] : []))
}

async function ofProcess(process: string, url: string) {
  const metrics = await within(scrape(url), answersWithinMs, `${process} to be scraped`)
  const figure = (name: string) => metrics.get(name) ?? 0
  return {
    process,
    life: String(figure('process_start_time_seconds')),
    figures: {
      'resident MiB': figure('process_resident_memory_bytes') / mebibyte,
      'heap reserved MiB': figure('nodejs_heap_size_total_bytes') / mebibyte,
      'heap used MiB': figure('nodejs_heap_size_used_bytes') / mebibyte,
      'external MiB': figure('nodejs_external_memory_bytes') / mebibyte,
      'file descriptors': figure('process_open_fds'),
      'active resources': figure('nodejs_active_resources_total'),
      sockets: figure('goftegu_sockets'),
      rooms: figure('goftegu_rooms'),
      'database connections': sumOf(metrics, 'goftegu_pool_connections'),
    },
  }
}

async function ofRedis(url: string) {
  const [server, clients] = await askRedis(url, redis =>
    Promise.all([redis.info('server', 'memory'), redis.client('LIST')]),
  )
  const held = String(clients).matchAll(/ (?:sub|psub|ssub)=(\d+)/g)
  const figures = {
    'used MiB': Number(/used_memory:(\d+)/.exec(server)?.[1] ?? 0) / mebibyte,
    subscriptions: [...held].reduce((sum, [, count]) => sum + Number(count), 0),
    connections: String(clients).trim().split('\n').length - 1, // without this one
  }
  return { process: 'Redis', life: /run_id:(\w+)/.exec(server)?.[1] ?? '', figures }
}

async function ofPostgres(url: string) {
  const others = "backend_type = 'client backend' and application_name <> 'the soak'"
  const backends = await askPostgres(url, `select pid from pg_stat_activity where ${others}`)
  return { process: 'PostgreSQL', life: '', figures: { connections: backends.length } }
}

function sumOf(metrics: Scrape, name: string): number {
  return [...metrics].reduce((sum, [sample, value]) => (sample.startsWith(`${name}{`) ? sum + value : sum), 0)
}
