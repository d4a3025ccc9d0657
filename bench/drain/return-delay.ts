// How long a client waits before it comes back: as the protocol says, or as it must not.
import { Refused } from '../frame-socket.ts'

/** Answers milliseconds. */
export type ReturnDelay = {
  afterClose(code: number, reason: string): number
  /** `failures` in a row came before this one. */
  afterRefusal(error: unknown, failures: number): number
}

/** Of a reconnection that nobody gave a delay for (protocol, 10): it doubles with every failure. */
const firstDelayMs = 500
const mostDelayMs = 30_000

/** Protocol, 10: what the server asked for, else a random part of a delay that grows. */
export const spreadOut: ReturnDelay = {
  afterClose: (code, reason) => (code === 1012 ? Number(reason) : code === 1001 ? 0 : Math.random() * firstDelayMs),
  afterRefusal: (error, failures) => {
    if (error instanceof Refused && error.retryAfterSeconds > 0) {
      return (error.retryAfterSeconds + Math.random()) * 1_000
    }
    return Math.random() * Math.min(mostDelayMs, firstDelayMs * 2 ** failures)
  },
}

/** The control: everybody at once, and again each second, whatever the server asks for. */
export const allTogether: ReturnDelay = { afterClose: () => 0, afterRefusal: () => 1_000 }
