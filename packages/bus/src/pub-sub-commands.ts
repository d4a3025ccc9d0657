// The two families of commands: plain channels for one server, sharded ones for a cluster.
import type { Redis } from 'ioredis'
import { slotOf } from './slots.ts'

/** How one connection publishes, and listens. */
export type PubSubCommands = {
  /** ioredis' event for what arrives. */
  event: 'messageBuffer' | 'smessageBuffer'
  publish: (redis: Redis, name: string, bytes: Buffer) => Promise<unknown>
  subscribe: (redis: Redis, names: string[]) => Promise<unknown>
  unsubscribe: (redis: Redis, names: string[]) => Promise<unknown>
  /** Only names of one group fit into one command. */
  groupOf: (name: string) => number
  /** What ioredis knows to be subscribed here: a cluster takes subscriptions away when their slot moves. */
  held: (redis: Redis) => string[]
}

const channelsIn = (redis: Redis, kind: 'subscribe' | 'ssubscribe') =>
  redis.condition?.subscriber ? redis.condition.subscriber.channels(kind) : []

export const plainCommands: PubSubCommands = {
  event: 'messageBuffer',
  publish: (redis, name, bytes) => redis.publish(name, bytes),
  subscribe: (redis, names) => redis.subscribe(...names),
  unsubscribe: (redis, names) => redis.unsubscribe(...names),
  groupOf: () => 0,
  held: redis => channelsIn(redis, 'subscribe'),
}

/** Redis 7. Between the nodes of a cluster plain publications go to every node; these stay within their shard. */
export const shardedCommands: PubSubCommands = {
  event: 'smessageBuffer',
  publish: (redis, name, bytes) => redis.spublish(name, bytes),
  subscribe: (redis, names) => redis.ssubscribe(...names),
  unsubscribe: (redis, names) => redis.sunsubscribe(...names),
  groupOf: slotOf,
  held: redis => channelsIn(redis, 'ssubscribe'),
}

/** What a node says that does not serve a slot, or not just now: the fault is not the connection's. */
export function isElsewhere(error: unknown): boolean {
  return error instanceof Error && /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|LOADING|READONLY|CROSSSLOT) /.test(error.message)
}
