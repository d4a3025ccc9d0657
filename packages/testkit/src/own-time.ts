// How long something takes as far as this process can help it: what a busy machine takes from it does not count.

const tickMs = 10
/** What lies between two ticks beyond this was taken from us. */
const mostMs = 30

/**
 * Starts a watch that stands still while this process gets no turn; what it returns reads it, in milliseconds, as often as
 * one likes. For upper bounds of what our own timers end. Where no clock is needed, see `atOnce`.
 */
export function ownTime(): () => number {
  let ownMs = 0
  let lastMs = performance.now()
  const read = () => {
    const nowMs = performance.now()
    ownMs += Math.min(nowMs - lastMs, mostMs)
    lastMs = nowMs
    return Math.round(ownMs)
  }
  // Nobody stops a watch; it holds up no process.
  setInterval(read, tickMs).unref()
  return read
}

/** What `answer` resolves with, or `later` where it is not there before anything is read from a socket or a timer runs out. */
export function atOnce<T>(answer: Promise<T>): Promise<T | 'later'> {
  return Promise.race([answer, new Promise<'later'>(resolve => setImmediate(resolve, 'later'))])
}
