// Reads REDIS_URL: one server, one server over TLS, Sentinels, or a cluster.

import { isIP } from 'node:net'
import type { RedisOptions } from 'ioredis'

export type RedisAddress = { host: string; port: number }

/** Where Redis is, as ioredis wants to be told; of a cluster, the nodes that are asked for the others. */
export type RedisTarget = { clusterNodes?: RedisAddress[] } & Pick<
  RedisOptions,
  | 'host'
  | 'port'
  | 'username'
  | 'password'
  | 'db'
  | 'tls'
  | 'sentinels'
  | 'name'
  | 'sentinelUsername'
  | 'sentinelPassword'
  | 'sentinelTLS'
  | 'enableTLSForSentinelMode'
>

const forms =
  'redis://[user:password@]host[:6379][/db], rediss://… for TLS, ' +
  'redis-sentinel://[user:password@]host[:26379],host[:26379]/master-name[/db] (rediss-sentinel:// for TLS), ' +
  'with ?sentinel_username= and ?sentinel_password= where the Sentinels ask for them, ' +
  'or redis-cluster://[user:password@]host[:6379],host[:6379] (rediss-cluster:// for TLS)'

const shape = /^(rediss?(?:-sentinel|-cluster)?):\/\/(?:([^@/]*)@)?([^@/?#]+)(\/[^?#]*)?(?:\?([^#]*))?$/

/**
 * Parses a Redis URL. TLS trusts the authorities that Node brings along and those in NODE_EXTRA_CA_CERTS;
 * the system's with NODE_OPTIONS=--use-system-ca.
 *
 * @throws TypeError that says what is wrong and which forms are read; it never repeats the URL, which may hold a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const parts = shape.exec(url)
  if (!parts) throw invalid('it is none of the forms that are read')
  const [, scheme = '', credentials, hosts = '', path = '', query = ''] = parts
  const isTls = scheme.startsWith('rediss')
  const segments = path.split('/').filter(segment => segment !== '')
  if (scheme.endsWith('-cluster')) return cluster(credentials, hosts, segments, query, isTls)
  if (!scheme.endsWith('-sentinel')) return standalone(credentials, hosts, segments, query, isTls)
  const [name, db, ...rest] = segments
  if (name === undefined) throw invalid('the name of the master is missing after the Sentinels: …/master-name')
  if (rest.length > 0) throw invalid('there is something after the database number')
  return {
    sentinels: hosts.split(',').map(host => parseHost(host, 26_379)),
    name: decode(name, 'the name of the master'),
    ...parseCredentials(credentials),
    ...parseDb(db),
    ...parseSentinelQuery(query),
    ...(isTls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  }
}

function standalone(
  credentials: string | undefined,
  host: string,
  [db, ...rest]: string[],
  query: string,
  isTls: boolean,
): RedisTarget {
  if (host.includes(',')) throw invalid('several hosts need the scheme redis-sentinel:// or redis-cluster://')
  if (rest.length > 0) throw invalid('there is something after the database number')
  if (query !== '') throw invalid('parameters after "?" belong to redis-sentinel:// only')
  const address = parseHost(host, 6_379)
  return targetAt({ ...parseCredentials(credentials), ...parseDb(db), ...(isTls && { tls: {} }) }, address)
}

function cluster(
  credentials: string | undefined,
  hosts: string,
  segments: string[],
  query: string,
  isTls: boolean,
): RedisTarget {
  if (segments.length > 0) throw invalid('a cluster has no databases')
  if (query !== '') throw invalid('parameters after "?" belong to redis-sentinel:// only')
  const clusterNodes = hosts.split(',').map(host => parseHost(host, 6_379))
  return { clusterNodes, ...parseCredentials(credentials), ...(isTls && { tls: {} }) }
}

/** The same Redis by another address. Managed services choose the certificate by name; it may not be an address. */
export function targetAt({ tls, clusterNodes: _, ...target }: RedisTarget, { host, port }: RedisAddress): RedisTarget {
  return { ...target, host, port, ...(tls && { tls: isIP(host) ? tls : { ...tls, servername: host } }) }
}

function parseHost(text: string, defaultPort: number): RedisAddress {
  const parts = /^(?:\[([\da-f:.]+)\]|([^:[\]\s]+))(?::(\d+))?$/i.exec(text)
  const host = parts?.[1] ?? parts?.[2]
  const port = Number(parts?.[3] ?? defaultPort)
  if (host === undefined) throw invalid('a host is not of the form host:port')
  if (port < 1 || port > 65_535) throw invalid('a port is not between 1 and 65535')
  return { host, port }
}

function parseCredentials(credentials: string | undefined): RedisTarget {
  if (credentials === undefined || credentials === '') return {}
  const colon = credentials.indexOf(':')
  const username = decode(colon < 0 ? credentials : credentials.slice(0, colon))
  return { ...(username !== '' && { username }), ...(colon >= 0 && { password: decode(credentials.slice(colon + 1)) }) }
}

function parseDb(text: string | undefined): RedisTarget {
  if (text === undefined) return {}
  if (!/^\d{1,5}$/.test(text)) throw invalid('the database is not a number')
  return { db: Number(text) }
}

function parseSentinelQuery(query: string): RedisTarget {
  const target: RedisTarget = {}
  for (const [key, value] of new URLSearchParams(query)) {
    if (key === 'sentinel_username') target.sentinelUsername = value
    else if (key === 'sentinel_password') target.sentinelPassword = value
    else throw invalid(`the parameter "${key}" is not known`)
  }
  return target
}

function decode(text: string, what = 'the user or the password'): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(`${what} has a "%" that should be written "%25"`)
  }
}

function invalid(fault: string): TypeError {
  return new TypeError(`not a Redis URL: ${fault}. Write ${forms}`)
}
