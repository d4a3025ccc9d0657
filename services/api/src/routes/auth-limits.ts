// How often somebody may try to log in or register, counted over all replicas.
import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { usernameKey } from '@goftegu/accounts'
import type { Limiter, Rate } from '@goftegu/bus'
import { ChatError } from '@goftegu/protocol'

export type AuthRates = {
  /** Logins from one address: an office behind one address still gets in on a Monday morning. */
  loginsPerAddress: Rate
  /** Attempts at one password, from wherever: 30 at once, then one each 12 s. Sessions that are open are not touched. */
  attemptsPerUser: Rate
  registrationsPerAddress: Rate
}

export const usualAuthRates: AuthRates = {
  loginsPerAddress: { limit: 120, windowMs: 60_000, burst: 240 },
  attemptsPerUser: { limit: 5, windowMs: 60_000, burst: 30 },
  registrationsPerAddress: { limit: 60, windowMs: 60_000, burst: 240 },
}

/** The limits of the auth routes; each throws `rate_limited`. */
export function authLimits(limiter: Limiter, rates: AuthRates) {
  const demand = async (key: string, rate: Rate) => {
    const allowance = await limiter.take(key, 1, rate)
    if (!allowance.allowed) {
      throw new ChatError('rate_limited', { retryAfterSeconds: Math.ceil(allowance.retryAfterMs / 1_000) })
    }
  }
  return {
    /** One login of `username` from `address`, before the password is looked at. */
    async login(address: string, username: string): Promise<void> {
      await demand(`login:${subscriberOf(address)}`, rates.loginsPerAddress)
      // Hashed, because anybody chooses its length and what stands in it.
      const name = createHash('sha256').update(usernameKey(username)).digest('base64url')
      await demand(`login-name:${name}`, rates.attemptsPerUser)
    },
    register: (address: string) => demand(`register:${subscriberOf(address)}`, rates.registrationsPerAddress),
    /** One attempt at the current password, by whoever holds a session. */
    password: (userId: number) => demand(`password:${userId}`, rates.attemptsPerUser),
  }
}

export type AuthLimits = ReturnType<typeof authLimits>

/** Whom an address stands for: itself in IPv4; its first 64 bits in IPv6, of which one household has 2^64. */
export function subscriberOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%', 1)[0]!.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  const groups = tail === undefined ? left : [...left, ...zeros, ...right]
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
