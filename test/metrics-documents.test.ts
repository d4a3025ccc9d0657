// Metrics, their document, the alarms and the dashboard agree: nobody names what does not exist.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { parse } from 'yaml'
import { type KnownMetric, knownMetrics, withMetricsTable } from '../scripts/metrics-table.ts'
import { readDocument, repository } from './documents/markdown.ts'
import { askedBy } from './metrics/promql.ts'
import { declaredValues, valueFaults } from './metrics/values.ts'

type Rule = { alert: string; expr: string; for?: string; labels: { severity: string }; annotations: Annotations }
type Annotations = { summary: string; runbook: string }
type Panel = {
  id: number
  type: string
  title: string
  description?: string
  datasource?: { uid: string }
  targets?: { expr: string; legendFormat?: string }[]
  fieldConfig?: { defaults: { unit?: string } }
}
type Dashboard = { uid: string; title: string; schemaVersion: number; panels: Panel[]; templating: Templating }
type Templating = { list: { name: string; type: string; query: string }[] }

const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const { groups } = parse(read('deploy/prometheus/alerts.yml')) as { groups: { name: string; rules: Rule[] }[] }
const rules = groups.flatMap(group => group.rules)
const dashboard = JSON.parse(read('deploy/grafana/goftegu.json')) as Dashboard
const charts = dashboard.panels.filter(panel => panel.type !== 'row')

/** Prometheus adds these to every sample that it scrapes. */
const scrapedLabels = ['job', 'instance', 'namespace']
const scraped = new Map([['up', scrapedLabels]])
const scrapes = parse(read('deploy/prometheus/prometheus.yml')) as { scrape_configs: { job_name: string }[] }
const jobs = scrapes.scrape_configs.map(({ job_name }) => job_name)

/** Every series that a scrape can hold, with its labels; a histogram is three. */
function seriesOf(metrics: KnownMetric[]): Map<string, string[]> {
  const series = metrics.flatMap(({ name, type, labels }): [string, string[]][] => {
    const all = [...labels, ...scrapedLabels]
    if (type !== 'histogram') return [[name, all]]
    return [
      [`${name}_bucket`, [...all, 'le']],
      [`${name}_sum`, all],
      [`${name}_count`, all],
    ]
  })
  return new Map([...series, ...scraped])
}

const metrics = knownMetrics()
const known = seriesOf(metrics)
const values = await declaredValues(jobs)

/** What is wrong with an expression, one sentence each. */
function faultsOf(expression: string): string[] {
  const asked = askedBy(expression)
  if (asked.length === 0) return [`it asks for nothing: ${expression}`]
  return asked.flatMap(({ metric, labels, matchers }) => {
    const own = known.get(metric)
    if (!own) return [`no such metric: ${metric}`]
    const unknown = labels.filter(label => !own.includes(label)).map(label => `${metric} has no label ${label}`)
    return unknown.length > 0 ? unknown : matchers.flatMap(matcher => valueFaults(metric, matcher, values))
  })
}

suite('the documents of the metrics', () => {
  test('the check itself finds unknown metrics, unknown labels and what is no PromQL', () => {
    assert.deepEqual(faultsOf('rate(goftegu_nonsense_total[5m])'), ['no such metric: goftegu_nonsense_total'])
    assert.deepEqual(faultsOf('goftegu_sockets{kind="x"}'), ['goftegu_sockets has no label kind'])
    assert.deepEqual(faultsOf('sum by (pool) (goftegu_rooms)'), ['goftegu_rooms has no label pool'])
    assert.deepEqual(faultsOf('rate(goftegu_commit_seconds[5m])'), ['no such metric: goftegu_commit_seconds'])
    assert.throws(() => faultsOf('sum(rate(goftegu_sockets[5m])'), /no PromQL/)
  })

  const misspelt: [expression: string, fault: RegExp][] = [
    ['goftegu_sockets_closed_total{reason="slow_readr"}', /reason is never slow_readr/],
    ['goftegu_sockets_closed_total{reason!="slow_readr"}', /reason is never slow_readr/],
    ['goftegu_sockets_closed_total{reason=~"peer|slow_readr"}', /reason is never slow_readr/],
    ['rate(goftegu_group_failures_total{failure="agan"}[1m])', /failure is never agan/],
    ["rate(goftegu_upgrades_refused_total{code='over_capcity'}[5m])", /code is never over_capcity/],
    ['goftegu_http_request_seconds_count{status=~"6.."}', /status is never 6\.\./],
    ['goftegu_http_request_seconds_count{route!="/ready"}', /route is never \/ready$/],
    ['up{job="goftegoo"} == 0', /job is never goftegoo/],
    ['goftegu_ready{job="goftegoo"}', /job is never goftegoo/],
  ]
  for (const [expression, fault] of misspelt)
    test(`the check finds what is never there: ${expression}`, () => {
      assert.match(faultsOf(expression).join(), fault)
    })

  test('pods that an operator of Prometheus finds have the job that the alarms ask for', () => {
    const { spec } = parse(read('deploy/kubernetes/examples/pod-monitor.yaml'))
    assert.deepEqual([spec.selector.matchLabels[spec.jobLabel]], jobs)
  })

  test('the table of our metrics is up to date', () => {
    const text = readDocument('docs/metrics.md')
    assert.equal(text, withMetricsTable(text), 'run: npm run docs')
  })

  test('every metric of a process is in the document', () => {
    const named = new Set([...readDocument('docs/metrics.md').matchAll(/`([a-z_0-9]+)`/g)].map(([, name]) => name))
    const unnamed = metrics.filter(({ name }) => !named.has(name))
    assert.deepEqual(unnamed, [])
  })

  test('the names are as Prometheus wants them', () => {
    for (const { name, type, help } of metrics.filter(({ name }) => name.startsWith('goftegu_'))) {
      assert.match(name, /^[a-z][a-z0-9_]*$/)
      assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`)
      assert.doesNotMatch(name, /_(ms|milliseconds|kb|count|sum|bucket)(_|$)/)
      assert.ok(help.length > 10, name)
    }
  })
})

suite('the alarms', () => {
  test('ask for metrics and labels that exist', () => {
    assert.ok(rules.length > 15, `only ${rules.length} rules were read`)
    const faults = rules.flatMap(({ alert, expr }) => faultsOf(expr).map(fault => `${alert}: ${fault}`))
    assert.deepEqual(faults, [])
  })

  test('have names of their own, a severity, a summary, and a section that says what to do', () => {
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
    for (const { alert, labels, annotations } of rules) {
      assert.match(alert, /^Goftegu[A-Z]\w+$/)
      assert.match(labels.severity, /^(page|ticket)$/)
      assert.ok(annotations.summary.length > 20, alert)
      assert.equal(annotations.runbook, `docs/operations.md#${alert.toLowerCase()}`)
    }
  })

  test('each has its heading in the handbook, and the handbook has no other', () => {
    const headings = [...readDocument('docs/operations.md').matchAll(/^#+ `?(Goftegu[A-Z]\w+)`?$/gm)].map(
      ([, name]) => name,
    )
    assert.deepEqual(headings.sort(), rules.map(({ alert }) => alert).sort())
  })
})

suite('the dashboard', () => {
  test('asks for metrics and labels that exist', () => {
    assert.ok(charts.length > 15, `only ${charts.length} panels were read`)
    const faults = charts.flatMap(({ title, targets = [] }) => {
      assert.ok(targets.length > 0, `${title} asks for nothing`)
      return targets.flatMap(({ expr }) => faultsOf(expr).map(fault => `${title}: ${fault}`))
    })
    assert.deepEqual(faults, [])
  })

  test('shows every metric of ours', () => {
    const shown = charts.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => askedBy(expr)))
    const bases = new Set(shown.map(({ metric }) => metric.replace(/_(bucket|sum|count)$/, '')))
    const missing = metrics.filter(({ name }) => name.startsWith('goftegu_') && !bases.has(name))
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    )
  })

  test('says of each panel what it shows, in which unit, from the chosen source', () => {
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
    for (const { title, description = '', datasource, fieldConfig } of charts) {
      assert.ok(description.length > 20, `${title} needs a description`)
      assert.equal(datasource?.uid, '$datasource', title)
      assert.ok(fieldConfig?.defaults.unit, `${title} needs a unit`)
    }
  })

  test('lets the data source, job and instance be chosen', () => {
    const names = dashboard.templating.list.map(({ name }) => name)
    assert.deepEqual(names, ['datasource', 'job', 'instance'])
    const asked = dashboard.templating.list.flatMap(({ query }) => {
      const [, metric, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? []
      return metric ? [`sum by (${label}) (${metric})`] : []
    })
    assert.equal(asked.length, 2)
    assert.deepEqual(asked.flatMap(faultsOf), [])
    assert.ok(dashboard.panels[0]?.type === 'row' && dashboard.schemaVersion >= 39)
  })
})
