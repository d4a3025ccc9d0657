// A collector of traces: OTLP over HTTP as JSON, kept in memory.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup } from '@goftegu/testkit'

type Value = { stringValue?: string; intValue?: number | string }
type WireSpan = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: Value }[]
  links?: { spanId: string; traceId: string }[]
  startTimeUnixNano: string
  endTimeUnixNano: string
}
type Export = { resourceSpans: { scopeSpans: { spans: WireSpan[] }[] }[] }

/** What a span says; times are nanoseconds of its process' clock. */
export type CollectedSpan = {
  traceId: string
  spanId: string
  parentId: string | undefined
  name: string
  attributes: Record<string, string | number | undefined>
  links: string[]
  beganNs: bigint
  endedNs: bigint
}

export async function startCollector(t: Cleanup) {
  const spans: CollectedSpan[] = []
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    if (request.url === '/v1/traces') {
      bodies.push(body)
      spans.push(...spansOf(JSON.parse(body) as Export))
    }
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, bodies }
}

function spansOf({ resourceSpans }: Export): CollectedSpan[] {
  const wire = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans))
  return wire.map(span => ({
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId || undefined,
    name: span.name,
    attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [key, plainValue(value)])),
    links: (span.links ?? []).map(link => link.spanId),
    beganNs: BigInt(span.startTimeUnixNano),
    endedNs: BigInt(span.endTimeUnixNano),
  }))
}

function plainValue({ stringValue, intValue }: Value): string | number | undefined {
  return stringValue ?? (intValue === undefined ? undefined : Number(intValue))
}

/** What answers 404 to every export, or never. Returns its address. */
export async function startBadCollector(t: Cleanup, kind: 'refuses' | 'says nothing'): Promise<string> {
  const server = createServer((_, response) => {
    if (kind === 'refuses') response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
