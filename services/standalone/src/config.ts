// The settings of the standalone service, and the one place where it reads them.
import { blobSettings, restSettings } from '@goftegu/api'
import { socketSettings } from '@goftegu/gateway'
import { type Environment, loadConfig, settings } from '@goftegu/runtime'
import { type Static, Type } from 'typebox'

export const schema = Type.Object({
  PORT: settings.PORT,
  HOST: settings.HOST,
  PUBLIC_URL: settings.PUBLIC_URL,
  DATA_DIR: settings.DATA_DIR,
  DATABASE_URL: Type.Optional(settings.DATABASE_URL),
  REDIS_URL: Type.Optional(settings.REDIS_URL),
  REDIS_PREFIX: settings.REDIS_PREFIX,
  // A person at a terminal reads what we print; only what goes wrong is worth a line of JSON between.
  LOG_LEVEL: { ...settings.LOG_LEVEL, default: 'warn' },
  OTEL_EXPORTER_OTLP_ENDPOINT: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  REGISTRATION: settings.REGISTRATION,
  COOKIE_SECURE: settings.COOKIE_SECURE,
  ALLOWED_ORIGINS: settings.ALLOWED_ORIGINS,
  TRUSTED_PROXIES: settings.TRUSTED_PROXIES,
  ...blobSettings,
  // One process, which has a folder anyway: the database stays small, and its backup quick.
  BLOBS: { ...blobSettings.BLOBS, default: 'folder' },
  ...restSettings,
  ...socketSettings,
})

export type StandaloneConfig = Readonly<Static<typeof schema>>

/** Reads the settings; throws ConfigError. */
export function readConfig(env: Environment = process.env): StandaloneConfig {
  return loadConfig(schema, env)
}
