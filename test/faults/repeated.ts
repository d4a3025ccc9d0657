// A fault that is the same deed again and again.
import type { Fault } from '../replicas/weather.ts'

/** Does `act` so often, as long as the fault lasts. Its end waits for every deed. @throws what any of them throws */
export function repeated(everyMs: number, holdMs: number, act: () => unknown): Fault {
  const deeds: Promise<unknown>[] = []
  let timer: NodeJS.Timeout | undefined
  const once = () => {
    const deed = (async () => act())()
    deed.catch(() => {}) // the end says it
    deeds.push(deed)
  }
  const begin = async () => {
    once()
    timer = setInterval(once, everyMs)
  }
  const end = async () => {
    clearInterval(timer)
    await Promise.all(deeds.splice(0))
  }
  return { begin, holdMs, end }
}
