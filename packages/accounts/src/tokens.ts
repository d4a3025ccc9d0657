// Session tokens: what a client keeps, and what is stored of it.
import { createHash, randomBytes } from 'node:crypto'

/** Twice the 128 bits that OWASP asks for. */
const tokenBytes = 32
const tokenShape = /^[A-Za-z0-9_-]{43}$/

/** A new token: 256 random bits as base64url, fit for a cookie and for an Authorization header. */
export function createToken(): string {
  return randomBytes(tokenBytes).toString('base64url')
}

/** Whether `token` could be one of ours; what could not is not worth a query. */
export function isToken(token: string): boolean {
  return tokenShape.test(token)
}

/** What is stored of a token. Plain SHA-256 is enough: 256 random bits cannot be guessed from it. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
