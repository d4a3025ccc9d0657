// The settings that more than one service reads, each said once.
import { isIP } from 'node:net'
import { Type } from 'typebox'

const origin = '^https?://[^\\s/?#@*\\\\]+$'
const proxy = '^(loopback|linklocal|uniquelocal|[0-9a-fA-F:.]+(/[0-9]{1,3})?)$'

// What no pattern tells is a refinement. Beware: TypeBox keeps it beside the keywords, so `{ ...settings.X }` loses it.

/** Whether the host and the port can be any. */
function isUrl(text: string): boolean {
  return URL.canParse(text)
}

/** A name of a range, or an address with or without the length of its prefix: 1 to 32 bits, of IPv6 to 128. */
function isProxy(text: string): boolean {
  if (/^[a-z]+$/.test(text)) return true
  const [address = '', prefix = '1'] = text.split('/')
  const version = isIP(address)
  return version !== 0 && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128)
}

/**
 * Schema fragments by variable name; a service's `config.ts` picks those that it reads:
 * `Type.Object({ PORT: settings.PORT, REDIS_URL: settings.REDIS_URL })`.
 * `must` finishes the sentence "NAME must be …" of a ConfigError.
 */
export const settings = {
  PORT: Type.Integer({
    default: 8080,
    minimum: 0,
    maximum: 65535,
    must: 'a whole number from 0 to 65535',
    description: 'The port to listen on; 0 takes any free one.',
  }),
  HOST: Type.String({
    default: '127.0.0.1',
    pattern: '^[^\\s/]+$',
    must: 'an address or a host name',
    description: 'The address to listen on. 127.0.0.1 is reached from this machine alone, 0.0.0.0 from everywhere.',
  }),
  DATA_DIR: Type.String({
    default: '.data',
    minLength: 1,
    must: 'a folder',
    description: 'The folder of the embedded PostgreSQL, and of attachments where BLOBS says `folder`.',
  }),
  DATABASE_URL: Type.String({
    pattern: '^postgres(ql)?://',
    must: 'a URL like postgresql://user:password@host:5432/database',
    description: 'The PostgreSQL to use, 15 or newer.',
  }),
  REDIS_URL: Type.String({
    pattern: '^rediss?(-sentinel|-cluster)?://',
    must: 'a URL like redis://host:6379, redis-sentinel://host:26379/master or redis-cluster://host:6379,host:6379',
    description: 'The Redis between replicas: one, one behind Sentinels, or a cluster.',
  }),
  REDIS_PREFIX: Type.String({
    default: 'goftegu:',
    pattern: '^[^{}\\s]*$',
    must: 'text without spaces and braces',
    description: 'Begins the names of all channels and keys in Redis: the same for every replica of an installation.',
  }),
  PUBLIC_URL: Type.Optional(
    Type.Refine(
      Type.String({
        pattern: origin,
        must: 'an origin like https://chat.example.org, without a path',
        description: 'What clients reach this under; the absolute URLs in answers begin with it.',
      }),
      isUrl,
    ),
  ),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    must: 'trace, debug, info, warn, error, fatal or silent',
    description: 'The least severe kind of log line that is written.',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.Refine(
      Type.String({
        pattern: '^https?://[^\\s]+$',
        must: 'a URL like http://collector:4318',
        description: 'The OpenTelemetry collector that traces go to (OTLP over HTTP); without it nothing is traced.',
      }),
      isUrl,
    ),
  ),
  REGISTRATION: Type.Enum(['open', 'closed'], {
    default: 'open',
    must: 'open or closed',
    description: 'Whether anybody may make an account for themselves.',
  }),
  COOKIE_SECURE: Type.Enum(['auto', 'always', 'never'], {
    default: 'auto',
    must: 'auto, always or never',
    description: 'Whether the session cookie travels over TLS alone; auto: when the login came over TLS.',
  }),
  ALLOWED_ORIGINS: Type.Array(Type.Refine(Type.String({ pattern: origin }), isUrl), {
    default: [],
    must: 'a comma-separated list of origins like https://app.example.org',
    description: 'Other web origins whose pages may use the session cookie.',
  }),
  TRUSTED_PROXIES: Type.Array(Type.Refine(Type.String({ pattern: proxy }), isProxy), {
    default: [],
    must: 'a comma-separated list of addresses, ranges like 10.0.0.0/8, loopback, linklocal or uniquelocal',
    description: 'The proxies in front whose X-Forwarded headers are believed.',
  }),
}
