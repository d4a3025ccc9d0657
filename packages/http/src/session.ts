// Who asks: the session behind a cookie or a Bearer token, and which pages may use the cookie.
import cookie from '@fastify/cookie'
import { type Accounts, type Principal, sessionLifetimeSeconds } from '@goftegu/accounts'
import { ChatError } from '@goftegu/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { type ForwardedView, forwardedView } from './forwarded.ts'
import { isOwnOrigin, normaliseOrigin, normaliseOrigins } from './origin.ts'

export const sessionCookie = 'sessionid'

export type SessionOptions = {
  accounts: Pick<Accounts, 'authenticate'>
  /** COOKIE_SECURE; auto: `Secure` where the request came by TLS, as seen through trusted hops. */
  cookieSecure: 'auto' | 'always' | 'never'
  /** PUBLIC_URL; asked at each request, because its default is known only once the server listens. */
  publicUrl: () => string
  allowedOrigins: string[]
  trustedProxies: string[]
}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Who asks; asked once a request, of `ask` where that is given (many arrivals may share a query). Throws
     * `not_authenticated`. Renews the cookie when the session's expiry moved.
     */
    authenticate(ask?: SessionOptions['accounts']['authenticate']): Promise<Principal>
  }
  interface FastifyReply {
    /** Gives the browser the session, for as long as the session lives unused. */
    setSessionCookie(token: string): void
    clearSessionCookie(): void
  }
}

/** Decorates requests and replies for sessions, and refuses foreign pages: `foreign_origin`. */
export const sessionPlugin = fastifyPlugin(
  async (app: FastifyInstance, options: SessionOptions) => {
    const view = forwardedView(options.trustedProxies)
    await app.register(cookie)
    decorateReplies(app, options, view)
    decorateRequests(app, options)
    refuseForeignOrigins(app, options, view)
  },
  { name: 'session' },
)

function decorateReplies(app: FastifyInstance, { cookieSecure }: SessionOptions, view: ForwardedView): void {
  const attributes = (reply: FastifyReply) => {
    const secure = cookieSecure === 'auto' ? view(reply.request).scheme === 'https' : cookieSecure === 'always'
    return { httpOnly: true, sameSite: 'lax', path: '/', secure } as const
  }
  app.decorateReply('setSessionCookie', function (token) {
    this.setCookie(sessionCookie, token, { ...attributes(this), maxAge: sessionLifetimeSeconds })
  })
  app.decorateReply('clearSessionCookie', function () {
    this.clearCookie(sessionCookie, attributes(this))
  })
}

function decorateRequests(app: FastifyInstance, { accounts }: SessionOptions): void {
  const asked = new WeakMap<FastifyRequest, Promise<Principal>>()
  const renewals = new WeakMap<FastifyRequest, string>()

  const identify = async (request: FastifyRequest, ask = accounts.authenticate): Promise<Principal> => {
    const token = tokenOf(request)
    const principal = token === undefined ? null : await ask(token)
    if (principal === null) throw new ChatError('not_authenticated')
    if (token !== undefined && principal.renewed && usesCookie(request)) renewals.set(request, token)
    return principal
  }
  app.decorateRequest('authenticate', function (ask) {
    const known = asked.get(this) ?? identify(this, ask)
    asked.set(this, known)
    return known
  })
  app.addHook('onSend', async (request, reply) => {
    // Also runs for answers given before any cookie was read, so it looks at none.
    const token = renewals.get(request)
    // Not where the route itself sets or clears the cookie: a logout must not be undone.
    if (token !== undefined && !reply.hasHeader('set-cookie')) reply.setSessionCookie(token)
  })
}

/** The token that a request shows. With an `Authorization` header, of whatever kind, the cookie is ignored. */
function tokenOf(request: FastifyRequest): string | undefined {
  if (usesCookie(request)) return request.cookies[sessionCookie]
  return /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1]
}

function usesCookie(request: FastifyRequest): boolean {
  return request.headers.authorization === undefined
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

function refuseForeignOrigins(app: FastifyInstance, options: SessionOptions, view: ForwardedView): void {
  const allowed = new Set(normaliseOrigins(options.allowedOrigins))
  app.addHook('onRequest', async request => {
    const { headers, method } = request
    const isUpgrade = headers.upgrade?.toLowerCase() === 'websocket'
    if (!isUpgrade && (safeMethods.has(method) || !usesCookie(request))) return
    const { scheme, host } = view(request)
    const ours = [normaliseOrigin(options.publicUrl()), normaliseOrigin(`${scheme}://${host}`)]
    const claims = { origin: headers.origin, fetchSite: singleValue(headers['sec-fetch-site']) }
    if (!isOwnOrigin(claims, ours, allowed)) throw new ChatError('foreign_origin')
  })
}

function singleValue(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join() : header
}
