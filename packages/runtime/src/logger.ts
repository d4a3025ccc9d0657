// The one way to log: JSON lines on stdout, with secrets cut out.
import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

const secrets = ['password', 'token', 'authorization', 'cookie', '["set-cookie"]', 'content']

/** Every secret at the top of a line's fields and up to two levels below, as in `req.headers.cookie`. */
const redactedPaths = ['', '*', '*.*'].flatMap(above =>
  secrets.map(secret => (above === '' || secret.startsWith('[') ? `${above}${secret}` : `${above}.${secret}`)),
)

/**
 * Makes the logger of a service: fixed text, data in fields, one line for each fact.
 * Passwords, tokens, cookies and a message's content are cut out by field name; never put them in the text.
 * `destination` is for tests; without it lines go to stdout.
 */
export function createLogger(options: { name: string; level: string }, destination?: DestinationStream): Logger {
  const redact = { paths: redactedPaths, censor: '[redacted]' }
  const settings = { name: options.name, level: options.level, redact, serializers: { err: plainError } }
  return destination ? pino(settings, destination) : pino(settings)
}

/** What is worth a line of an error. Drivers hang whole connections on theirs, settings and all; those stay out. */
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return { type: name, message, code, stack, ...(cause instanceof Error && { cause: plainError(cause) }) }
}
