// What processes still hold when everybody has left.
import type { Sample } from './samples.ts'

/** What people bring and take away with them; the rest has reasons of its own. */
const borrowed = ['sockets', 'rooms', 'subscriptions', 'file descriptors']

/** What is more than it was before anybody came, in words. Connections to PostgreSQL are descriptors that stay a while. */
export function leftoversOf({ before, after }: { before: readonly Sample[]; after: readonly Sample[] }): string[] {
  return before.flatMap(earlier => {
    const later = after.find(({ process }) => process === earlier.process)
    if (!later) return [`${earlier.process} does not answer`]
    return borrowed.flatMap(figure => {
      const [was, is] = [held(earlier, figure), held(later, figure)]
      return is > was ? [`${earlier.process} holds ${is} ${figure}, and held ${was}`] : []
    })
  })
}

function held({ figures }: Sample, figure: string): number {
  const own = figures[figure] ?? 0
  return figure === 'file descriptors' ? own - (figures['database connections'] ?? 0) : own
}
