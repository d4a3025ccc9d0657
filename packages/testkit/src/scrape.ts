// Metrics as Prometheus gets them: scraped over HTTP, by name and labels.
import assert from 'node:assert/strict'
import { eventually } from './within.ts'

/** What a scrape said: `goftegu_deliveries_total{kind="live"}` → 3. */
export type Scrape = ReadonlyMap<string, number>

export async function scrape(url: string): Promise<Scrape> {
  const answer = await fetch(`${url}/metrics`)
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const lines = (await answer.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(lines.map(readSample))
}

function readSample(line: string): [string, number] {
  const at = line.lastIndexOf(' ')
  return [line.slice(0, at), Number(line.slice(at + 1))]
}

/** Waits until each of the samples has risen by exactly so much since `before`. */
export async function untilRisen(url: string, before: Scrape, rises: Record<string, number>): Promise<void> {
  let seen: Record<string, number> = {}
  const hasRisen = async () => {
    const now = await scrape(url)
    const names = Object.keys(rises)
    seen = Object.fromEntries(names.map(name => [name, (now.get(name) ?? Number.NaN) - (before.get(name) ?? 0)]))
    assert.deepEqual(seen, rises)
    return true
  }
  try {
    await eventually(hasRisen, { ms: 10_000, what: 'the metrics to rise' })
  } catch {
    assert.deepEqual(seen, rises)
  }
}
