// The request as the outermost trusted proxy saw it: scheme and host.
import proxyAddr from '@fastify/proxy-addr'
import type { FastifyRequest } from 'fastify'

/** Tells the scheme and host that a client used; made by `forwardedView`. */
export type ForwardedView = (request: FastifyRequest) => { scheme: 'http' | 'https'; host: string }

/**
 * Reads `X-Forwarded-Proto` and `X-Forwarded-Host` through trusted hops only. Each proxy appends what it saw, so with
 * n trusted hops the n-th entry from the end is the outermost trusted proxy's; what stands before it anybody may have
 * written. (`request.protocol` and `request.host` of Fastify take the last entry, which is right for one hop.)
 */
export function forwardedView(trustedProxies: readonly string[]): ForwardedView {
  const isTrusted = trustedProxies.length > 0 ? proxyAddr.compile([...trustedProxies]) : () => false
  return request => {
    const direct = { scheme: schemeOf(request), host: request.headers.host ?? '' }
    const hops = proxyAddr.all(request.raw).findIndex((address, hop) => !isTrusted(address ?? '', hop))
    if (hops === 0) return direct
    const trustedHops = hops === -1 ? Number.POSITIVE_INFINITY : hops
    const scheme = entry(request.headers['x-forwarded-proto'], trustedHops)?.toLowerCase()
    const host = entry(request.headers['x-forwarded-host'], trustedHops)
    return { scheme: scheme === 'https' || scheme === 'http' ? scheme : direct.scheme, host: host ?? direct.host }
  }
}

function schemeOf(request: FastifyRequest): 'http' | 'https' {
  return 'encrypted' in request.raw.socket && request.raw.socket.encrypted === true ? 'https' : 'http'
}

/** The `hops`-th entry from the end; the first where there are fewer, because a proxy may replace instead of append. */
function entry(header: string | string[] | undefined, hops: number): string | undefined {
  const entries = String(header ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
  return entries[Math.max(0, entries.length - hops)]
}
