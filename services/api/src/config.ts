// The settings of the API's process, and the one place where it reads them.
import { type Environment, loadConfig, settings } from '@goftegu/runtime'
import { type Static, Type } from 'typebox'

/** What REST can be told, wherever it runs. */
export const restSettings = {
  REST_WRITES_PER_MINUTE: Type.Integer({
    default: 1_200,
    minimum: 1,
    maximum: 1_000_000,
    must: 'a whole number from 1 to 1000000',
    description: 'How often one user may change something by REST in a minute, over all replicas.',
  }),
}

const bucket = 's3://[a-z0-9][a-z0-9.-]+(/?\\?[^\\s#]*)?'

/** Where attachments are kept. */
export const blobSettings = {
  BLOBS: Type.String({
    default: 'postgres',
    pattern: `^(postgres|folder|${bucket})$`,
    must: 'postgres, folder or s3://bucket?region=…&endpoint=…',
    description:
      'Where attachments are kept: `postgres` (the database), `folder` (`blobs` in DATA_DIR) or `s3://bucket?region=…`, for other stores than Amazon’s with `&endpoint=https://…`.',
  }),
  AWS_ACCESS_KEY_ID: Type.Optional(Type.String({ description: 'Who asks S3, where BLOBS names a bucket.' })),
  AWS_SECRET_ACCESS_KEY: Type.Optional(Type.String({ description: 'The secret that belongs to it.' })),
  AWS_SESSION_TOKEN: Type.Optional(Type.String({ description: 'Belongs to temporary keys alone.' })),
  AWS_REGION: Type.Optional(
    Type.String({ description: 'The region of the bucket, where BLOBS names none; else `us-east-1`.' }),
  ),
}

export const schema = Type.Object({
  PORT: settings.PORT,
  HOST: settings.HOST,
  PUBLIC_URL: settings.PUBLIC_URL,
  DATA_DIR: settings.DATA_DIR,
  DATABASE_URL: settings.DATABASE_URL,
  REDIS_URL: settings.REDIS_URL,
  REDIS_PREFIX: settings.REDIS_PREFIX,
  LOG_LEVEL: settings.LOG_LEVEL,
  OTEL_EXPORTER_OTLP_ENDPOINT: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  REGISTRATION: settings.REGISTRATION,
  COOKIE_SECURE: settings.COOKIE_SECURE,
  ALLOWED_ORIGINS: settings.ALLOWED_ORIGINS,
  TRUSTED_PROXIES: settings.TRUSTED_PROXIES,
  ...blobSettings,
  ...restSettings,
})

export type ApiConfig = Readonly<Static<typeof schema>>

/** Reads the settings; throws ConfigError. */
export function readConfig(env: Environment = process.env): ApiConfig {
  return loadConfig(schema, env)
}

/** What `npm run migrate` reads. */
export const migrateSchema = Type.Object({ DATABASE_URL: settings.DATABASE_URL })

/** Reads the settings of the migration; throws ConfigError. */
export function readMigrateConfig(env: Environment = process.env): Readonly<Static<typeof migrateSchema>> {
  return loadConfig(migrateSchema, env)
}
