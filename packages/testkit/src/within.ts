// Waiting with a deadline: the only way in which tests wait.

/** Thrown by `within` when the deadline passes. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
}

/**
 * Waits for `promise`, at most `ms` milliseconds.
 * @param what what is waited for, for the message: `within(ready, 5_000, 'the first event')`; a function is called late
 * @throws DeadlineError with `what` in it; or whatever `promise` rejects with.
 */
export async function within<T>(promise: Promise<T>, ms: number, what: string | (() => string)): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineError(`waited ${ms} ms for ${typeof what === 'string' ? what : what()}`))
    }, ms)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Waits until `claim` becomes true (or returns anything truthy), asking again every `everyMs`; returns what it returned.
 * For states that tell nobody when they change (a row, a port); where there is an event, wait for the event.
 * @throws DeadlineError when it did not within `ms`; the last error of `claim` is its cause.
 */
export async function eventually<T>(
  claim: () => T | Promise<T>,
  { ms = 5_000, everyMs = 20, what = 'a claim to become true' } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + ms
  let cause: unknown
  for (;;) {
    try {
      const answer = await claim()
      if (answer) return answer
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() >= deadline) throw new DeadlineError(`waited ${ms} ms for ${what}`, { cause })
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
}
