// Fastify plugins that both services need: the base instance, sessions and origins, health.
export { handleError, sendError, toChatError } from './errors.ts'
export { type ForwardedView, forwardedView } from './forwarded.ts'
export { type HealthOptions, healthPlugin, type Readiness } from './health.ts'
export { type MetricsOptions, metricsPlugin } from './metrics.ts'
export { createServer, type ServerOptions } from './server.ts'
export { type SessionOptions, sessionCookie, sessionPlugin } from './session.ts'
export { fieldErrors, validatorCompiler } from './validation.ts'
