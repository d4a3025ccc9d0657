// `npm run docs`: writes README's table of faults, made of what the last whole `npm run test:faults` found.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Line, Report } from '../test/faults/report.ts'

const document = fileURLToPath(new URL('../README.md', import.meta.url))
const found = fileURLToPath(new URL('../docs/faults.json', import.meta.url))
const markers = /(?<=<!-- faults -->\n)[\s\S]*?(?=<!-- \/faults -->)/

/** The document with its table as it has to be; throws where the markers are missing. */
export function withFaultsTable(text: string, { date, machine, seconds, faults, controls }: Report): string {
  if (!markers.test(text)) throw new Error('README.md has lost its <!-- faults --> markers')
  const n = [...faults, ...controls].reduce((sum, { runs }) => sum + runs, 0)
  const removed = [...faults, ...controls].reduce((sum, { removals }) => sum + removals, 0)
  const tables = [
    tableOf('fault', faults, nameOf),
    'The same with one mechanism switched off, which the oracle has to notice:\n',
    tableOf('fault, and what is missing', controls, line => `${nameOf(line)}; without ${line.without}`),
    `${removed} members were removed meanwhile.\n`,
    `${n} runs in ${Math.round(seconds / 60)} minutes on ${machine}, ${date}, with seed ${faults[0]?.seed}: [docs/faults.json](docs/faults.json).\n`,
  ]
  return text.replace(markers, () => `\n${tables.join('\n')}\n`)
}

function tableOf(title: string, lines: readonly Line[], nameOf: (line: Line) => string): string {
  const counts = ['lost', 'duplicated', 'reordered', 'phantom', 'leaked', 'diverged'] as const
  const head = [title, 'runs', 'acknowledged', ...counts, 'behind p50 / p99 / max, s', 'no writes for, s']
  const rows = lines.map(line => [
    nameOf(line),
    line.runs,
    line.acknowledged,
    ...counts.map(count => line.counts[count]),
    line.behindMs ? [line.behindMs.p50, line.behindMs.p99, line.behindMs.max].map(secondsOf).join(' / ') : '',
    line.unavailableMs === null ? '' : secondsOf(line.unavailableMs),
  ])
  const ruled = [head, ['---', ...head.slice(1).map(() => '--:')], ...rows]
  return ruled.map(cells => `| ${cells.join(' | ')} |\n`).join('')
}

/** With what is measured besides. */
function nameOf({ fault, figures }: Line): string {
  const told = Object.entries(figures).map(([words, figure]) => `${words}: ${figure}`)
  return told.length > 0 ? `${fault} (${told.join(', ')})` : fault
}

function secondsOf(ms: number): string {
  return (ms / 1_000).toFixed(1)
}

if (import.meta.main) {
  const report: Report = JSON.parse(readFileSync(found, 'utf8'))
  writeFileSync(document, withFaultsTable(readFileSync(document, 'utf8'), report))
}
