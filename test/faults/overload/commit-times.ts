// How long a process' commits took, as the process itself counts: whoever floods it has no part in that clock.
import { scrape } from '@goftegu/testkit'

/** Commits so far, by the bound of their bucket in seconds, each with all the shorter ones. */
export type CommitTimes = ReadonlyMap<number, number>

export async function commitTimes(url: string): Promise<CommitTimes> {
  const buckets = [...(await scrape(url))].flatMap(([sample, count]) => {
    const le = /^goftegu_commit_seconds_bucket\{le="([^"]+)"/.exec(sample)?.[1]
    return le === undefined ? [] : [[le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), count] as const]
  })
  return new Map(buckets)
}

/** The bound, in milliseconds, under which 99 of 100 commits between two readings were; 0 where there was none. */
export function p99Between(before: CommitTimes, after: CommitTimes): number {
  const counts = [...after].map(([le, count]) => [le, count - (before.get(le) ?? 0)] as const)
  const all = Math.max(0, ...counts.map(([, count]) => count))
  if (all === 0) return 0
  return (counts.find(([, count]) => count >= all * 0.99)?.[0] ?? Number.POSITIVE_INFINITY) * 1_000
}
