// Which node of a cluster serves which slots, as one of its nodes sees it.
import type { RedisAddress } from './redis-url.ts'
import { slotCount } from './slots.ts'

/** One node's view. A node's key is `host:port`. */
export type ClusterMap = {
  /** Whether the node counts itself to a majority, and every slot is served. */
  isWell: boolean
  /** Grows with every failover and every slot that moves: of two views the one with the higher is newer. */
  epoch: number
  /** The key of the master that serves each slot; undefined where none does. */
  owners: (string | undefined)[]
  /** Masters that serve slots, with the lowest of them. */
  masters: Map<string, { address: RedisAddress; lowestSlot: number }>
  /** All of them, replicas too: any can be asked. */
  nodes: RedisAddress[]
}

/** Makes a map of what `CLUSTER INFO` and `CLUSTER SLOTS` answered, at `asked`. Undefined where no slot is served. */
export function readMap(info: string, slots: readonly unknown[], asked: RedisAddress): ClusterMap | undefined {
  const map: ClusterMap = {
    isWell: info.includes('cluster_state:ok'),
    epoch: Number(/cluster_current_epoch:(\d+)/.exec(info)?.[1] ?? 0),
    owners: new Array<string | undefined>(slotCount).fill(undefined),
    masters: new Map(),
    nodes: [],
  }
  for (const range of slots) {
    const [start, end, ...servers] = range as [number, number, ...[string | null, number][]]
    const [master, ...replicas] = servers.map(server => addressOf(server, asked))
    for (const address of [master, ...replicas]) if (address) map.nodes.push(address)
    if (!master) continue
    const key = keyOf(master)
    map.owners.fill(key, start, end + 1)
    const lowestSlot = Math.min(start, map.masters.get(key)?.lowestSlot ?? slotCount)
    map.masters.set(key, { address: master, lowestSlot })
  }
  return map.masters.size > 0 ? map : undefined
}

/** The view to believe: of nodes that are well before others, and of those the newest. */
export function newest(maps: readonly ClusterMap[]): ClusterMap | undefined {
  return maps.toSorted((a, b) => Number(b.isWell) - Number(a.isWell) || b.epoch - a.epoch)[0]
}

export function keyOf({ host, port }: RedisAddress): string {
  return `${host}:${port}`
}

/** A node that does not know its own name gives none: it is where it was asked. `?` is a node without an address. */
function addressOf([host, port]: [string | null, number], asked: RedisAddress): RedisAddress | undefined {
  return host === '?' ? undefined : { host: host || asked.host, port }
}
