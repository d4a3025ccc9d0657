// The same promises, kept by Redis.
import { privateRedis } from '@goftegu/testkit'
import { RedisBroker } from '../src/redis-broker.ts'
import { brokerContract } from './broker-contract.ts'

brokerContract('redis', async t => {
  const redis = await privateRedis(t)
  const errors: Error[] = []
  return {
    errors,
    pause: () => redis.pause(),
    resume: () => redis.resume(),
    replica: async (replicaId, options) => {
      const onError = (error: Error) => errors.push(error)
      const broker = new RedisBroker({ url: redis.url, prefix: 'test:', replicaId, onError, ...options })
      t.after(() => broker.close())
      await broker.start()
      return broker
    },
  }
})
