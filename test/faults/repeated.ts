// A fault that is the same deed again and again.
import type { Fault } from '../replicas/weather.ts'

/** Does `act` so often, as long as the fault lasts. */
export function repeated(everyMs: number, holdMs: number, act: () => unknown): Fault {
  let timer: NodeJS.Timeout | undefined
  let last: unknown
  const begin = async () => {
    last = act()
    timer = setInterval(() => {
      last = act()
    }, everyMs)
  }
  const end = async () => {
    clearInterval(timer)
    await last
  }
  return { begin, holdMs, end }
}
