// The gateway's numbers, each with its unit and where it comes from.
import {
  floodFrames,
  floodWindowMs,
  frameBurst,
  framesPerSecond,
  heartbeatSeconds,
  maxReplayChanges,
  pongDeadlineSeconds,
  typingTimeoutMs,
} from '@goftegu/protocol'

/** Starting values of architecture.md ("The gateway's room") and reliability.md ("Settings from the start"). */
export const defaultLimits = {
  /** The most upgrades in any second, how many of them at once, and how long one waits before it is refused. */
  upgradesPerSecond: 200,
  upgradeBurst: 20,
  upgradeWaitMs: 2_000,
  /** Frames a second of one socket, how many at once, and when it is closed for not listening. */
  framesPerSecond,
  frameBurst,
  floodFrames,
  floodWindowMs,
  /** Events of one socket that are being worked on; then its reading stops. */
  inFlightPerSocket: 20,
  /** Above this, states wait for a slow reader; above the second it is closed. */
  levelsWaitBytes: 256 * 1024,
  maxBufferedBytes: 1024 * 1024,
  /** How long the peer has to answer a close frame. */
  closeTimeoutMs: 10_000,
  pingIntervalMs: heartbeatSeconds * 1_000,
  pongDeadlineMs: pongDeadlineSeconds * 1_000,
  /** The memory of recent events: all rooms together, and each. */
  recentBytes: 64 * 1024 * 1024,
  recentPerRoom: 256,
  /** A resume further behind gets `resync`; the others are read in pages, so many at a time. */
  maxReplayChanges,
  replayPage: 500,
  concurrentReads: 4,
  /** Arrivals share their queries: of each kind (sessions, snapshots, pages) at most one in so many milliseconds. */
  readPaceMs: 50,
  /** How long a hole may close by itself before it is fetched: at least, and at most. */
  holeDelayMs: 30,
  holeDelayMaxMs: 60,
  /** How often all heads are compared, and how many in one query. */
  compareIntervalMs: 10_000,
  compareSlice: 2_000,
  /** How often they are compared while the bus is silent. */
  silentIntervalMs: 250,
  /** How often read positions are read anew, beside whenever the bus lost something. */
  readsIntervalMs: 300_000,
  /** How often all sessions are checked, and how many in one query. */
  sessionCheckIntervalMs: 30_000,
  sessionCheckSlice: 5_000,
  /** How long a room stays after its last member. */
  lingerMs: 60_000,
  typingTimeoutMs,
  /** How long clients have to go by themselves when the process stops. */
  drainWindowMs: 10_000,
  /** How fast a drained gateway's clients are told to come back, all together. */
  reconnectsPerSecond: 180,
}

export type GatewayLimits = typeof defaultLimits
