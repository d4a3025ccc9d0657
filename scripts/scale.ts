// Writes the tables of docs/scale.md: `npm run docs`, after `npm run bench:costs -- --out bench/measured/costs.json`.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { breakingPoints, type Costs, installationsFor, limits, type Needs, needsOf, plan } from './scale-model.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const page = `${repository}docs/scale.md`
const markers = /(?<=<!-- scale -->\n)[\s\S]*?(?=<!-- \/scale -->)/

export const costs = JSON.parse(readFileSync(`${repository}bench/measured/costs.json`, 'utf8')) as Costs
export const steps = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]

/** The page with its tables as they have to be; throws where the markers are missing. */
export function withScaleTables(text: string): string {
  if (!markers.test(text)) throw new Error('docs/scale.md has lost its <!-- scale --> markers')
  return text.replace(markers, () => `\n${[costsTable(), stepsTable(), limitsTable()].join('\n')}\n`)
}

function costsTable(): string {
  const microseconds = (seconds: number) => `${number(seconds * 1e6)} µs`
  return table(
    [`measured ${costs.measured} on ${costs.machine}`, 'cost'],
    [
      [
        'memory of a gateway, and of each idle socket in it',
        `${number(costs.gatewayBaseBytes / 1e6)} MB, ${number(costs.gatewayBytesPerSocket / 1e3)} kB`,
      ],
      [
        'an upgrade, at the gateway and at PostgreSQL',
        `${microseconds(costs.gatewayCpuPerUpgrade)}, ${microseconds(costs.postgresCpuPerUpgrade)}`,
      ],
      [
        'a message with a commit of its own, at the gateway and at PostgreSQL',
        `${microseconds(costs.gatewayCpuPerMessageAlone)}, ${microseconds(costs.postgresCpuPerMessageAlone)}`,
      ],
      [
        'a message under full load, where many share a commit, at the gateway and at PostgreSQL',
        `${microseconds(costs.gatewayCpuPerMessageGrouped)}, ${microseconds(costs.postgresCpuPerMessageGrouped)}`,
      ],
      ['a delivery', microseconds(costs.gatewayCpuPerDelivery)],
      ['a publication, at Redis', microseconds(costs.redisCpuPerPublish)],
      [
        'a page of history, at the API and at PostgreSQL',
        `${microseconds(costs.apiCpuPerRequest)}, ${microseconds(costs.postgresCpuPerRequest)}`,
      ],
      ['a head compared', microseconds(costs.postgresCpuPerComparedHead)],
      [
        'WAL and table of a message',
        `${number(costs.walBytesPerMessageAlone)} B, ${number(costs.storedBytesPerMessage)} B`,
      ],
    ],
  )
}

function stepsTable(): string {
  const counts = steps.map(sockets => installationsFor(sockets, costs))
  const needs = steps.map((sockets, at) => needsOf(sockets / counts[at]!, costs))
  const all = (of: (needs: Needs) => number) => needs.map((need, at) => number(of(need) * counts[at]!))
  const each = (of: (needs: Needs) => number) => needs.map(need => number(of(need)))
  return table(
    ['at the peak', ...steps.map(sockets => `${inWords(sockets)} sockets`)],
    [
      ['messages/s', ...all(need => need.messagesPerSecond)],
      ['deliveries/s', ...all(need => need.deliveriesPerSecond)],
      ['**installations**', ...counts.map(number)],
      ['gateways, all together', ...all(need => need.gateways)],
      ['APIs, all together', ...all(need => need.apis)],
      [`**machines for both** (${plan.machine})`, ...all(need => need.machines)],
      ['cores of PostgreSQL’s primary, in each installation', ...each(need => need.postgresCores)],
      ['WAL MB/s, in each', ...each(need => need.walMegabytesPerSecond)],
      ['stored GB a day, all together', ...all(need => need.storedGigabytesPerDay)],
      ['Redis masters, in each', ...each(need => need.redisMasters)],
    ],
  )
}

function limitsTable(): string {
  return table(
    ['one installation comes to its limit of', 'limit', 'at sockets'],
    breakingPoints(costs).map(({ limit, sockets }) => [limit, number(limits[limit]), number(sockets)]),
  )
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}

function inWords(count: number): string {
  return count < 1e6 ? number(count) : `${number(count / 1e6)} M`
}

/** Two digits that count, since no more was measured. */
function number(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 2 })
}

if (import.meta.main) writeFileSync(page, withScaleTables(readFileSync(page, 'utf8')))
