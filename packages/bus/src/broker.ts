// The broker: opaque bytes from one replica to all that listen, and its obligations.

/** A payload of no bytes: "something was published here that you may not have heard: compare your head". */
export const nudge: Uint8Array = Buffer.alloc(0)

/**
 * What a broker tells its owner about itself.
 *
 * - `silent`: nothing can be trusted to arrive. Ask PostgreSQL until it is back.
 * - `heard`: it is back. What was published in between may be lost: compare once.
 * - `resubscribed`: some channels were not listened to for a while, and are now: compare once.
 * - `peer_lost`: a process that publishes fell silent, or something of it went missing: compare once.
 *
 * `concerns` says which channels it is about, and goes on saying so; absent, it is about all. Of a cluster one shard
 * may be silent while the others are heard.
 */
export type BrokerSignal = (
  | { type: 'silent'; reason: 'disconnected' | 'unacknowledged' | 'unheard' }
  | { type: 'heard' }
  | { type: 'resubscribed' }
  | { type: 'peer_lost'; replicaId: string; reason: 'silent' | 'gap' | 'overflow' }
) & { concerns?: (channel: string) => boolean }

export type MessageListener = (channel: string, payload: Buffer) => void
export type SignalListener = (signal: BrokerSignal) => void

/**
 * Carries bytes between replicas. It may lose them, and then says so; it never blocks, never queues without a
 * bound, and never rejects.
 *
 * Obligations of every implementation, checked by `test/broker-contract.ts`:
 * 1. A publication reaches every subscriber of its channel, the publisher's own process included, byte for byte,
 *    and those of one publisher in the order in which they were published.
 * 2. What is published after `subscribe` has answered `subscribed` is heard, unless a signal says otherwise.
 * 3. Of `subscribe` and `unsubscribe` of one channel, the last one asked for wins. There is no counting.
 * 4. A failed publication's channel is remembered, and nudged when the bus is back; when there were too many to
 *    remember, every peer hears `peer_lost` with `overflow` instead.
 * 5. An absent server prevents nothing from starting: the state is `silent`, and mends by itself.
 * 6. A listener that throws or rejects disturbs nobody; its error goes to `onError`.
 */
export interface Broker {
  /**
   * Sends `payload` to every subscriber of `channel`; empty means `nudge`. Answers within `publishDeadlineMs`,
   * at once while silent. `failed` means that delivery is not known: it may still arrive. The bytes may not be changed
   * before the answer.
   */
  publish(channel: string, payload: Uint8Array): Promise<'published' | 'failed'>
  /**
   * Listens to all of `channels`, in batches. `subscribed` when the server has acknowledged every one; `pending`
   * when it has not within `subscribeDeadlineMs` (at once while disconnected): they stay wanted, and
   * `resubscribed` is signalled when they are listened to. Also `pending` if unsubscribed meanwhile.
   */
  subscribe(channels: readonly string[]): Promise<'subscribed' | 'pending'>
  /** Listens to `channels` no longer. Nothing of them is delivered from this call on, acknowledged or not. */
  unsubscribe(channels: readonly string[]): Promise<void>
  /**
   * Asks the server anew for what `channels` are thought to be subscribed to: for whoever found out that something of
   * them was lost without a signal. Nothing is lost by it that is being heard.
   */
  renew(channels: readonly string[]): void
  /** Adds a listener for payloads; returns its removal. A payload may be a view of a larger read: copy what you keep. */
  onMessage(listener: MessageListener): () => void
  /** Adds a listener for signals; returns its removal. */
  onSignal(listener: SignalListener): () => void
  /** `silent` while anything is: of a cluster, one shard. */
  readonly state: 'heard' | 'silent'
  /** Whether what is published on `channel` is heard here; without one: on every channel that is subscribed to. */
  hears(channel?: string): boolean
  /** Live processes on this bus, this one included; while silent, the last number known. */
  readonly replicas: number
  /** Connects. Resolves when heard, or after `startDeadlineMs` all the same. */
  start(): Promise<void>
  /** Says goodbye to the peers, so that none of them signals `peer_lost`, and lets go of every resource. */
  close(): Promise<void>
}

export type BrokerErrorHandler = (error: Error, doing: string) => void

/** The times of a broker, in milliseconds. Source: architecture.md, "The gateway's room". */
export const brokerTiming = {
  /** Every process publishes a canary this often. */
  canaryIntervalMs: 250,
  /** A canary, own or a peer's, not heard for this long is silence. */
  silentAfterMs: 750,
  /** A publication not acknowledged for this long has failed, and so have all behind it. */
  publishDeadlineMs: 500,
  /** A subscription not acknowledged for this long is pending. */
  subscribeDeadlineMs: 1_000,
  /** How long `start` waits for the first canary. */
  startDeadlineMs: 1_000,
  /** A connection silent for this long is cut and made anew: half-open TCP, a frozen master that was replaced. */
  cutAfterMs: 3_000,
} as const
