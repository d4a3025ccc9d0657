// Which values the labels of our metrics can have: those that a process tells from its start on, and a few by rule.
import { createMetrics, watchProcess } from '@goftegu/metrics'
import type { Matcher } from './promql.ts'

type Values = Map<string, string[]>

/** Values that a process does not tell from its start on. */
const byRule: Record<string, string[]> = {
  status: Array.from({ length: 500 }, (_, i) => String(100 + i)),
  route: ['/healthz', '/readyz', '/metrics', 'none'],
}

/** By metric and label (`goftegu_messages_total outcome`), and what holds for every metric by label alone. */
export async function declaredValues(jobs: string[]): Promise<Values> {
  const { registry } = createMetrics()
  watchProcess(registry, { isReady: () => true })
  const values: Values = new Map([...Object.entries(byRule), ['job', jobs]])
  for (const { name, values: samples } of await registry.getMetricsAsJSON())
    for (const { labels } of samples)
      for (const [label, value] of Object.entries(labels)) {
        const key = `${name} ${label}`
        values.set(key, [...(values.get(key) ?? []), String(value)])
      }
  return values
}

/** What is wrong with the values that a matcher asks for; Grafana fills in those that begin with a dollar sign. */
export function valueFaults(metric: string, { label, operator, value }: Matcher, values: Values): string[] {
  if (value.startsWith('$')) return []
  const known = values.get(`${metric} ${label}`) ?? values.get(label) ?? []
  const asked = operator.endsWith('~') ? value.split('|') : [value]
  const isKnown = (one: string) =>
    operator.endsWith('~') ? known.some(name => new RegExp(`^(?:${one})$`).test(name)) : known.includes(one)
  return asked.filter(one => !isKnown(one)).map(one => `${metric}: ${label} is never ${one}`)
}
