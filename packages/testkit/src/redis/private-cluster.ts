// A Redis Cluster of the tests' own, that they may break, shift and grow.
import { Redis } from 'ioredis'
import type { Cleanup } from '../cleanup.ts'
import { freePort } from '../free-port.ts'
import { eventually } from '../within.ts'
import { PrivateRedis } from './private-redis.ts'

export type ClusterOptions = {
  /** 3 if not given: fewer cannot agree on a failover. */
  masters?: number
  /** Replicas of each master; 1 if not given. */
  replicas?: number
  /** How long a node is silent before the others call it failed; 1,000 ms if not given. */
  nodeTimeoutMs?: number
}

export type ClusterNode = {
  server: PrivateRedis
  /** Where the nodes talk to each other. */
  busPort: number
  id: string
  client: Redis
}

const slotCount = 16_384
/** Forming and failing over on two busy cores. */
const agreedWithinMs = 30_000

/** Nodes that keep nothing on disk but their place in the cluster, so that they can be stopped and started again. */
export class PrivateCluster {
  readonly nodes: ClusterNode[] = []
  readonly #timeoutMs: number

  private constructor(nodeTimeoutMs: number) {
    this.#timeoutMs = nodeTimeoutMs
  }

  /** Starts it, in some 3 s: masters first, in the order of their slots, then their replicas in the same order. */
  static async start({ masters = 3, replicas = 1, nodeTimeoutMs = 1_000 }: ClusterOptions = {}) {
    const cluster = new PrivateCluster(nodeTimeoutMs)
    try {
      await cluster.#form(masters, replicas)
    } catch (cause) {
      await cluster.close()
      throw cause
    }
    return cluster
  }

  /** `redis-cluster://127.0.0.1:port,…`, all nodes that there were at the start. */
  get url(): string {
    return `redis-cluster://${this.nodes.map(({ server }) => `127.0.0.1:${server.port}`).join(',')}`
  }

  /** The running nodes that are masters now, in the order in which they were started. */
  async masters(): Promise<ClusterNode[]> {
    const running = this.nodes.filter(({ server }) => server.isRunning)
    const roles = await Promise.all(running.map(({ client }) => client.role()))
    return running.filter((_, index) => roles[index]?.[0] === 'master')
  }

  /** Adds a node without slots, known to all. */
  async add(): Promise<ClusterNode> {
    const node = await this.#startNode()
    this.nodes.push(node)
    await this.#introduce(node)
    await this.agreed()
    return node
  }

  /** Moves slots while the cluster is in use, as `redis-cli --cluster reshard` does; keys in them move too. */
  async moveSlots(slots: readonly number[], from: ClusterNode, to: ClusterNode): Promise<void> {
    for (const slot of slots) {
      await to.client.cluster('SETSLOT', slot, 'IMPORTING', from.id)
      await from.client.cluster('SETSLOT', slot, 'MIGRATING', to.id)
      const keys = await from.client.cluster('GETKEYSINSLOT', slot, 1_000_000)
      if (keys.length > 0) {
        await from.client.migrate('127.0.0.1', to.server.port, '', 0, 5_000, 'KEYS', ...keys)
      }
      await to.client.cluster('SETSLOT', slot, 'NODE', to.id)
      await from.client.cluster('SETSLOT', slot, 'NODE', to.id)
    }
  }

  /** Lets a replica of this master take its place, in order; answers the replica. */
  async failOver({ id }: ClusterNode): Promise<ClusterNode> {
    const running = this.nodes.filter(({ server }) => server.isRunning)
    const lines = await Promise.all(running.map(({ client }) => client.cluster('NODES')))
    const replica = running.find((_, index) => new RegExp(`myself,slave ${id} `).test(String(lines[index])))
    if (!replica) throw new Error(`${id} has no running replica`)
    await replica.client.cluster('FAILOVER')
    const isMaster = async () => (await replica.client.role())[0] === 'master'
    await eventually(isMaster, { ms: agreedWithinMs, what: 'the replica to take over' })
    return replica
  }

  /** The slots that this master serves, as first and last. */
  async rangesOf({ client, server }: ClusterNode): Promise<[first: number, last: number][]> {
    const ranges = await client.cluster('SLOTS')
    return ranges.filter(([, , node]) => node?.[1] === server.port).map(([first, last]) => [first, last])
  }

  /** Starts and thaws what was killed or frozen, and waits until every replica follows again. */
  async recovered(): Promise<void> {
    for (const { server } of this.nodes) {
      server.resume()
      if (!server.isRunning) await server.startAgain()
    }
    await this.#replicated()
  }

  /** Waits until every running node says that the cluster is well, and all say the same about its slots. */
  async agreed(): Promise<void> {
    const isAgreed = async () => {
      const running = this.nodes.filter(({ server }) => server.isRunning)
      const infos = await Promise.all(running.map(({ client }) => client.cluster('INFO')))
      const maps = await Promise.all(running.map(({ client }) => client.cluster('SLOTS')))
      const known = new RegExp(`cluster_known_nodes:${this.nodes.length}\\b`)
      const isWell = infos.every(info => String(info).includes('cluster_state:ok') && known.test(String(info)))
      return isWell && new Set(maps.map(map => placesIn(map))).size === 1
    }
    await eventually(isAgreed, { ms: agreedWithinMs, everyMs: 50, what: 'the cluster to agree' })
  }

  /** Ends all nodes and removes what they wrote. */
  async close(): Promise<void> {
    for (const { client } of this.nodes) client.disconnect()
    await Promise.all(this.nodes.map(({ server }) => server.close()))
  }

  async #form(masters: number, replicas: number): Promise<void> {
    const starting = Array.from({ length: masters * (1 + replicas) }, () => this.#startNode())
    for (const node of starting) this.nodes.push(await node)
    await Promise.all(this.nodes.map(({ client }, index) => client.cluster('SET-CONFIG-EPOCH', index + 1)))
    for (const node of this.nodes.slice(1)) await this.#introduce(node)
    const bounds = Array.from({ length: masters + 1 }, (_, index) => Math.round((index * slotCount) / masters))
    const lead = this.nodes.slice(0, masters)
    for (const [index, { client }] of lead.entries()) {
      await client.cluster('ADDSLOTSRANGE', bounds[index] ?? 0, (bounds[index + 1] ?? 0) - 1)
    }
    await this.agreed()
    for (const [index, { client }] of this.nodes.slice(masters).entries()) {
      await client.cluster('REPLICATE', lead[index % masters]?.id ?? '')
    }
    await this.#replicated()
  }

  async #introduce({ client }: ClusterNode): Promise<void> {
    const [first] = this.nodes
    if (first) await client.call('CLUSTER', 'MEET', '127.0.0.1', first.server.port, first.busPort)
  }

  /** A replica that is not linked yet would not be elected. */
  async #replicated(): Promise<void> {
    const isLinked = async () => {
      const infos = await Promise.all(this.nodes.map(({ client }) => client.info('replication')))
      const replicas = infos.filter(info => info.includes('role:slave'))
      return replicas.every(info => info.includes('master_link_status:up'))
    }
    await eventually(isLinked, { ms: agreedWithinMs, everyMs: 50, what: 'the replicas to follow' })
    await this.agreed()
  }

  async #startNode(): Promise<ClusterNode> {
    const busPort = await freePort()
    const config = [
      'cluster-enabled yes',
      `cluster-port ${busPort}`, // the default, 10,000 above the port, may not exist
      `cluster-node-timeout ${this.#timeoutMs}`,
      'cluster-replica-validity-factor 0', // a replica that was frozen for long is elected all the same
      'repl-diskless-sync-delay 0',
    ]
    const server = await PrivateRedis.start({ config })
    const client = new Redis(server.url, { disconnectTimeout: 100, retryStrategy: () => 50 })
    client.on('error', () => undefined)
    return { server, busPort, client, id: String(await client.cluster('MYID')) }
  }
}

/** Which address serves which slots, without the order of the replicas. */
function placesIn(slots: unknown[]): string {
  const ranges = slots.map(range => {
    const [start, end, [host, port] = [], ...replicas] = range as [number, number, ...[string, number][]]
    return `${start}-${end} ${host}:${port} ${replicas.map(replica => replica[1]).sort()}`
  })
  return ranges.sort().join('\n')
}

/** A Redis Cluster for one test. */
export async function privateCluster(t: Cleanup, options: ClusterOptions = {}): Promise<PrivateCluster> {
  const cluster = await PrivateCluster.start(options)
  t.after(() => cluster.close())
  return cluster
}
