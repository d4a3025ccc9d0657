// The settings of the gateway's process, and the one place where it reads them.
import { type Environment, loadConfig, settings } from '@goftegu/runtime'
import { type Static, Type } from 'typebox'
import { defaultLimits, type GatewayLimits } from './limits.ts'

/** What a gateway can be told about its sockets, wherever it runs. */
export const socketSettings = {
  SOCKET_FRAMES_PER_SECOND: Type.Integer({
    default: defaultLimits.framesPerSecond,
    minimum: 1,
    maximum: 100_000,
    must: 'a whole number from 1 to 100000',
    description: 'How many frames one socket may send in a second, in the long run; twice as many at once.',
  }),
  UPGRADES_PER_SECOND: Type.Integer({
    default: defaultLimits.upgradesPerSecond,
    minimum: 1,
    maximum: 100_000,
    must: 'a whole number from 1 to 100000',
    description:
      'How many sockets this process lets in within a second (others wait in line for 2 s, one user in an eighth of its places, or hear 503), and sends away when it is stopped.',
  }),
  DRAIN_SECONDS: Type.Integer({
    default: 10,
    minimum: 0,
    maximum: 3_600,
    must: 'a whole number from 0 to 3600',
    description: 'How long sockets have to leave when the process is stopped; then they are cut.',
  }),
}

export const schema = Type.Object({
  PORT: settings.PORT,
  HOST: settings.HOST,
  PUBLIC_URL: settings.PUBLIC_URL,
  DATABASE_URL: settings.DATABASE_URL,
  REDIS_URL: settings.REDIS_URL,
  REDIS_PREFIX: settings.REDIS_PREFIX,
  LOG_LEVEL: settings.LOG_LEVEL,
  OTEL_EXPORTER_OTLP_ENDPOINT: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  COOKIE_SECURE: settings.COOKIE_SECURE,
  ALLOWED_ORIGINS: settings.ALLOWED_ORIGINS,
  TRUSTED_PROXIES: settings.TRUSTED_PROXIES,
  ...socketSettings,
})

export type GatewayConfig = Readonly<Static<typeof schema>>

/** Reads the settings; throws ConfigError. */
export function readConfig(env: Environment = process.env): GatewayConfig {
  return loadConfig(schema, env)
}

type SocketConfig = Pick<GatewayConfig, 'SOCKET_FRAMES_PER_SECOND' | 'UPGRADES_PER_SECOND'>

/** So much of a second's upgrades may come at once; the rest of them evenly. */
const burstShare = 1 / 10

/** The limits that the settings change. */
export function limitsOf({ SOCKET_FRAMES_PER_SECOND, UPGRADES_PER_SECOND }: SocketConfig): Partial<GatewayLimits> {
  const upgradeBurst = Math.max(1, UPGRADES_PER_SECOND * burstShare)
  return {
    framesPerSecond: SOCKET_FRAMES_PER_SECOND,
    frameBurst: SOCKET_FRAMES_PER_SECOND * 2,
    upgradesPerSecond: UPGRADES_PER_SECOND,
    upgradeBurst,
    // A drained gateway's clients go to others like it.
    reconnectsPerSecond: Math.max(1, UPGRADES_PER_SECOND - upgradeBurst),
  }
}
