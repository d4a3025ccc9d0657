// The bus between replicas: broker and limiter, over Redis or in memory.

export { type AnnouncerOptions, createAnnouncer } from './announce.ts'
export {
  type Broker,
  type BrokerErrorHandler,
  type BrokerSignal,
  brokerTiming,
  type MessageListener,
  nudge,
  type SignalListener,
} from './broker.ts'
export {
  bucketCount,
  type ChannelSubject,
  channelSubject,
  controlChannel,
  conversationChannel,
  userChannel,
} from './channels.ts'
export { type CreateBrokerOptions, createBroker } from './create-broker.ts'
export { type CreateLimiterOptions, createLimiter } from './create-limiter.ts'
export type { Rate } from './gcra.ts'
export type { Allowance, Limiter } from './limiter.ts'
export { MemoryBus } from './memory-broker.ts'
export { parseRedisUrl, type RedisTarget } from './redis-url.ts'
export { TokenBucket } from './token-bucket.ts'
