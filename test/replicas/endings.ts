// When something long is over: after its time, or with Ctrl-C.

/** Aborted by the first SIGINT or SIGTERM; the second one ends the process as usual. */
export function interruption(): AbortSignal {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  return interrupted.signal
}

/** Aborted after `ms`, or with `earlier`. (The timeout of an `AbortSignal.any` is lost when garbage is collected.) */
export function timeUp(ms: number, earlier: AbortSignal): AbortSignal {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), ms)
  earlier.addEventListener('abort', () => over.abort(), { signal: over.signal })
  over.signal.addEventListener('abort', () => clearTimeout(timer))
  return over.signal
}
