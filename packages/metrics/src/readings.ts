// Metrics that are read from the program's own state when somebody asks, and cost nothing before.
import { Counter, Gauge, type Registry } from 'prom-client'

type Labels = Record<string, string>
export type Reading = { labels: Labels; value: number }
type Source = () => number | readonly Reading[]
type Description = { name: string; help: string; labelNames?: string[] }

/** A metric that waits to be told where its value stands. */
export type Readable = { readFrom(source: Source): void }

/** A state, as it is now. */
export function gaugeOf(registry: Registry, description: Description): Readable {
  let source: Source = () => 0
  const gauge = new Gauge({
    ...description,
    registers: [registry],
    collect() {
      gauge.reset()
      for (const { labels, value } of readingsOf(source())) gauge.set(labels, value)
    },
  })
  return {
    readFrom: from => {
      source = from
    },
  }
}

/** A sum that the program keeps by itself and that only rises. */
export function totalOf(registry: Registry, description: Description): Readable {
  let source: Source = () => 0
  const counter = new Counter({
    ...description,
    registers: [registry],
    collect() {
      counter.reset()
      for (const { labels, value } of readingsOf(source())) counter.inc(labels, value)
    },
  })
  return {
    readFrom: from => {
      source = from
    },
  }
}

function readingsOf(read: number | readonly Reading[]): readonly Reading[] {
  return typeof read === 'number' ? [{ labels: {}, value: read }] : read
}
