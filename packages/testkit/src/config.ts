// What the surroundings of a test run hand down to testkit.
import { fileURLToPath } from 'node:url'

/**
 * Read from the environment, once. `npm test` starts the servers and sets these; a person who has servers of their own
 * sets the first and the third. What is not set is started when a test first asks for it.
 */
export const config = Object.freeze({
  /** An empty PostgreSQL in which databases may be created, as superuser: `postgres://user:password@host:port/postgres`. */
  databaseUrl: process.env.TEST_DATABASE_URL || undefined,
  /** The same on PostgreSQL 15, the oldest version supported. */
  databaseUrl15: process.env.TEST_DATABASE_URL_15 || undefined,
  /** A Redis that tests may share, each under a prefix of its own: `redis://host:port`. */
  redisUrl: process.env.TEST_REDIS_URL || undefined,
  /** A real S3-compatible store's empty bucket, as BLOBS names it; its keys are `AWS_ACCESS_KEY_ID` and so on. */
  s3: process.env.TEST_S3
    ? {
        blobs: process.env.TEST_S3,
        credentials: {
          accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
          secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
        },
      }
    : undefined,
  /** Set by `npm test`: test files of one run share migrated templates under this name, and the run drops them. */
  runId: process.env.TEST_RUN_ID || undefined,
  /** Where fetched programs are kept between runs. */
  cacheFolder: process.env.TEST_CACHE_DIR || fileURLToPath(new URL('../../../.cache/', import.meta.url)),
  /** Where a program is looked for by name. */
  path: process.env.PATH ?? '',
})

/** The environment for a child process: this one's, without what would make it believe that it is a test file. */
export function childEnvironment(extra: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env
  return { ...rest, ...extra }
}
