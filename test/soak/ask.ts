// One question to a server that may have been restarted since the last one: on a connection of its own.
import { Redis } from 'ioredis'
import pg from 'pg'

const answersWithinMs = 2_000

/** @throws Error when it does not answer within 2 s */
export async function askRedis<T>(url: string, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const deadlines = { connectTimeout: answersWithinMs, commandTimeout: answersWithinMs, disconnectTimeout: 0 }
  const redis = new Redis(url, { ...deadlines, lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {}) // the command fails, too
  try {
    return await ask(redis)
  } finally {
    redis.disconnect()
  }
}

/** @throws Error when it does not answer within 2 s */
export async function askPostgres(url: string, query: string): Promise<unknown[]> {
  const deadlines = { connectionTimeoutMillis: answersWithinMs, query_timeout: answersWithinMs }
  const client = new pg.Client({ connectionString: url, application_name: 'the soak', ...deadlines })
  client.on('error', () => {}) // the query fails, too
  try {
    await client.connect()
    const { rows } = await client.query(query)
    return rows
  } finally {
    await client.end()
  }
}
