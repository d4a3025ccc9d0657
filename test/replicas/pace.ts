// Keeps a rate: whatever a pause held up is made up for after it.
const tickMs = 10

/**
 * Calls `act` so many times a second, on average, until `signal` is aborted; where `act` answers false it was not the
 * time, and comes again soon.
 */
export function pace(perSecond: number, signal: AbortSignal, act: () => boolean): void {
  if (signal.aborted) return
  const beganMs = performance.now()
  let done = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - beganMs) / 1_000) * perSecond)
    while (done < due && act()) done++
  }, tickMs)
  signal.addEventListener('abort', () => clearInterval(timer))
}
