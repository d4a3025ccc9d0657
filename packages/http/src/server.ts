// The Fastify instance that every service builds on: what holds for each answer, whatever the route.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import cors from '@fastify/cors'
import type { HttpMetrics } from '@goftegu/metrics'
import { ChatError } from '@goftegu/protocol'
import { isTracing } from '@goftegu/tracing'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify'
import { answerRaw, handleClientError, noteRequests } from './client-error.ts'
import { handleError, sendError } from './errors.ts'
import { acceptJsonOnly } from './json-body.ts'
import { normaliseOrigins } from './origin.ts'
import { logRequests } from './request-log.ts'
import { timeRequests } from './request-time.ts'
import { traceRequests } from './request-trace.ts'
import { validatorCompiler } from './validation.ts'

export type ServerOptions = {
  logger: FastifyBaseLogger
  /** TRUSTED_PROXIES: addresses, CIDR ranges, `loopback`, `linklocal`, `uniquelocal`; none by default. */
  trustedProxies?: string[]
  /** ALLOWED_ORIGINS: pages of these may read answers, with the cookie (CORS). */
  allowedOrigins?: string[]
  /** Largest JSON body; 10,000 characters of content, escaped, take 120,000 bytes. */
  bodyLimitBytes?: number
  /** How long a request's headers may take to arrive. */
  headersTimeoutMs?: number
  /** …and the whole of it; 10 MiB over 1 Mbit/s take 84 s. */
  requestTimeoutMs?: number
  metrics?: HttpMetrics
}

/** Longest path segment that is a parameter: a file name of 255 bytes, percent-encoded. */
const maxParamLength = 1_024
const maxHeaderBytes = 16_384
/** How long a browser may remember the answer to a preflight. */
const preflightSeconds = 600

/**
 * Makes the base instance. Every answer is JSON with `detail` and `code`, also to what never reaches a route; bodies are
 * JSON, validated without coercion; a path answers the same with and without its last slash; ids, logs and errors are set.
 * Register plugins on it, then `listen`.
 */
export function createServer(options: ServerOptions): FastifyInstance {
  const { logger, trustedProxies = [], allowedOrigins = [], bodyLimitBytes = 256 * 1024 } = options
  const { headersTimeoutMs = 10_000, requestTimeoutMs = 180_000 } = options
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    // While it closes, what arrives on an open connection is still answered, in full and not by Fastify's own 503.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength },
    frameworkErrors: handleFrameworkError,
    clientErrorHandler: handleClientError,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: Math.min(headersTimeoutMs, 5_000),
      // Node would answer a missing Host with an empty 400; `requireHost` does it in our words.
      requireHostHeader: false,
      shouldUpgradeCallback,
    },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setErrorHandler(handleError)
  app.setNotFoundHandler((_request, reply) => sendError(reply, new ChatError('not_found')))
  acceptJsonOnly(app)
  logRequests(app)
  if (options.metrics) timeRequests(app, options.metrics)
  if (isTracing()) traceRequests(app)
  requireHost(app)
  noteRequests(app.server)
  answerWhatNodeWould(app.server)
  if (allowedOrigins.length > 0) app.register(cors, corsOptions(allowedOrigins))
  return app
}

/** A URL that no route can be found for. No hook hears of it, and an upgrade's connection is closed by nobody else. */
function handleFrameworkError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { raw } = request
  if (isUpgrade(raw)) reply.raw.once('finish', () => raw.socket.destroySoon())
  return handleError(error, request, reply)
}

function answerWhatNodeWould(server: Server): void {
  // An unknown Expect gets an empty 417 from Node; it may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  // CONNECT gets nothing from Node; this is no proxy.
  server.on('connect', (_request, socket: Socket) => answerRaw(socket, new ChatError('not_found')))
}

/** Only WebSocket leaves HTTP/1.1: Java's client asks for `h2c` on every request and means it as an offer. */
function shouldUpgradeCallback(this: Server, request: IncomingMessage): boolean {
  return this.listenerCount('upgrade') > 0 && isUpgrade(request)
}

function isUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

function requireHost(app: FastifyInstance): void {
  app.addHook('onRequest', async request => {
    if (request.raw.httpVersion === '1.1' && !request.headers.host) {
      throw new ChatError('invalid_request', { detail: 'The request has no Host header.' })
    }
  })
}

function corsOptions(allowedOrigins: string[]) {
  return {
    origin: normaliseOrigins(allowedOrigins),
    credentials: true,
    // An OPTIONS that is no preflight would get a 400 in plain text.
    strictPreflight: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Content-Type', 'Authorization', 'Range'],
    exposedHeaders: ['Retry-After', 'Content-Disposition', 'Content-Range'],
    maxAge: preflightSeconds,
  }
}
