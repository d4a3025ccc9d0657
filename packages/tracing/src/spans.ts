// Spans, begun where a trace is under way; while tracing is off, one comparison.
import { type Attributes, context, type Link, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api'

export type { Span }

type Beginning = {
  attributes?: Attributes
  /** A trace begins here, whatever is under way. */
  isRoot?: boolean
  /** Spans of other traces that this one works for; it has no parent then. */
  links?: readonly (Span | undefined)[]
}

/** OpenTelemetry's API is one for the process, and so is this. */
let isOn = false

export const isTracing = (): boolean => isOn

export function turnOn(): void {
  isOn = true
}

/**
 * Begins a span below the one that is active; undefined while tracing is off, where no trace is under way, or where this
 * one is not recorded. Whoever began it ends it. Attributes never hold content, names or tokens.
 */
export function begin(name: string, { attributes, isRoot = false, links }: Beginning = {}): Span | undefined {
  if (!isOn) return undefined
  if (links) return beginLinked(name, attributes, links)
  if (!isRoot && !trace.getActiveSpan()?.isRecording()) return undefined
  const span = tracer().startSpan(name, {
    attributes,
    root: isRoot,
    kind: isRoot ? SpanKind.SERVER : SpanKind.INTERNAL,
  })
  return span.isRecording() ? span : undefined
}

/** Runs `work`, and whatever it awaits, with `span` active. */
export function inSpan<T>(span: Span | undefined, work: () => T): T {
  return span ? context.with(trace.setSpan(context.active(), span), work) : work()
}

/** Runs `work` in no trace: for what goes on when the one that started it has long been answered. */
export function outside<T>(work: () => T): T {
  return isOn ? context.with(ROOT_CONTEXT, work) : work()
}

function beginLinked(name: string, attributes: Attributes | undefined, spans: readonly (Span | undefined)[]) {
  const links: Link[] = spans.flatMap(span => (span ? [{ context: span.spanContext() }] : []))
  return links.length > 0 ? tracer().startSpan(name, { attributes, links, root: true }) : undefined
}

function tracer() {
  return trace.getTracer('goftegu')
}
