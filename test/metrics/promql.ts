// What a PromQL expression asks for: its metrics with their labels, read by Prometheus' own grammar.
import { parser } from '@prometheus-io/lezer-promql'

export type Asked = { metric: string; labels: string[]; matchers: Matcher[] }
export type Matcher = { label: string; operator: string; value: string }

/** Grafana's variables, which are not PromQL, as something that is. */
function withoutVariables(expression: string): string {
  return expression.replaceAll('$__rate_interval', '5m')
}

/**
 * The metrics that an expression names, each with the labels that its matchers and the groupings around it name.
 * @throws Error where it is no PromQL
 */
export function askedBy(expression: string): Asked[] {
  const text = withoutVariables(expression)
  const asked: Asked[] = []
  const groupings: { until: number; labels: string[] }[] = []
  parser.parse(text).iterate({
    enter(node) {
      const here = text.slice(node.from, node.to)
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expression}`)
      if (node.name === 'AggregateExpr') groupings.push({ until: node.to, labels: groupedBy(here) })
      if (node.name !== 'VectorSelector') return
      const around = groupings.filter(({ until }) => until >= node.to).flatMap(({ labels }) => labels)
      const matchers = matchersOf(here)
      const labels = [...matchers.map(({ label }) => label), ...around]
      asked.push({ metric: /^\w+/.exec(here)?.[0] ?? '', labels, matchers })
    },
  })
  return asked
}

function matchersOf(selector: string): Matcher[] {
  const found = selector.matchAll(/([a-z_]\w*)\s*(=~|!=|!~|=)\s*(["'`])(.*?)\3/g)
  return [...found].map(([, label = '', operator = '', , value = '']) => ({ label, operator, value }))
}

function groupedBy(aggregate: string): string[] {
  const labels = /^\w+\s*(?:by|without)\s*\(([^)]*)\)/.exec(aggregate)?.[1] ?? ''
  return labels.split(',').flatMap(label => label.trim() || [])
}
