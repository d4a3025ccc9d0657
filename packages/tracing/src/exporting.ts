// OpenTelemetry's SDK, put together: context by AsyncLocalStorage, batches, OTLP over HTTP.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { context, DiagLogLevel, diag, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import { RateSampler } from './rate-sampler.ts'

/** A collector that is away would be told of with every batch. */
const tellAgainAfterMs = 60_000
/** How long the end waits for the last batch; what a dead collector does not take is given up. */
const lastBatchMs = 1_000

/**
 * Registers all of it with OpenTelemetry's API. `onError` hears that spans could not be sent, once a minute at most.
 * Returns how to send what is left and end it; that never fails.
 */
export function exportTo(endpoint: string, onError: (detail: string) => void): () => Promise<void> {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'goftegu', 'service.instance.id': randomUUID() }),
    sampler: new ParentBasedSampler({ root: new RateSampler() }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  tellErrors(onError)
  return async () => {
    const sent = provider.shutdown().catch(() => onError('the last spans were not taken'))
    await Promise.race([sent, delay(lastBatchMs, undefined, { ref: false })])
  }
}

/** What goes wrong inside the SDK is told to its own logger alone. */
function tellErrors(onError: (detail: string) => void): void {
  let toldAtMs = Number.NEGATIVE_INFINITY
  const error = (detail: string) => {
    if (performance.now() - toldAtMs < tellAgainAfterMs) return
    toldAtMs = performance.now()
    onError(detail)
  }
  const silent = () => {}
  diag.setLogger({ error, warn: silent, info: silent, debug: silent, verbose: silent }, DiagLogLevel.ERROR)
}
