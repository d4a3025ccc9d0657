// `npm run docs`: writes docs/metrics.md's tables of our metrics, made of the registry that services scrape from.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createMetrics, watchProcess } from '@goftegu/metrics'

const document = fileURLToPath(new URL('../docs/metrics.md', import.meta.url))
const markers = /(?<=<!-- metrics -->\n)[\s\S]*?(?=<!-- \/metrics -->)/

export type KnownMetric = { name: string; type: string; help: string; labels: string[] }

/** Every metric that a process has, in the order of their names. */
export function knownMetrics(): KnownMetric[] {
  const { registry } = createMetrics()
  watchProcess(registry, { isReady: () => true })
  return registry
    .getMetricsAsArray()
    .map(metric => {
      // prom-client keeps the label names of a metric, and does not type them.
      const { labelNames = [] } = metric as unknown as { labelNames?: string[] }
      return { name: metric.name, type: String(metric.type), help: metric.help, labels: [...labelNames] }
    })
    .sort((a, b) => a.name.localeCompare(b.name))
}

/** The document with its table as it has to be; throws where the markers are missing. */
export function withMetricsTable(text: string): string {
  if (!markers.test(text)) throw new Error('docs/metrics.md has lost its <!-- metrics --> markers')
  const rows = knownMetrics()
    .filter(({ name }) => name.startsWith('goftegu_'))
    .map(({ name, type, help, labels }) => {
      const shown = labels.map(label => `\`${label}\``).join(', ')
      return `| \`${name}\` | ${type} | ${shown} | ${help} |\n`
    })
  return text.replace(
    markers,
    () => `\n| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n${rows.join('')}\n`,
  )
}

if (import.meta.main) writeFileSync(document, withMetricsTable(readFileSync(document, 'utf8')))
