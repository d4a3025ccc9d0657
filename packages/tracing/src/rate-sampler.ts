// How many traces are begun: so many a second, whatever the load.
import type { Attributes, Context, Link, SpanKind } from '@opentelemetry/api'
import { type Sampler, SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace'

/** A share of the load would be a setting, and wrong on the day that the load is another. */
const tracesPerSecond = 100

/** Samples the first traces of each second. A span with links works for traces that were sampled already. */
export class RateSampler implements Sampler {
  #second = 0
  #begun = 0

  shouldSample(
    _: Context,
    _id: string,
    _name: string,
    _kind: SpanKind,
    _set: Attributes,
    links: Link[],
  ): SamplingResult {
    if (links.length > 0) return { decision: SamplingDecision.RECORD_AND_SAMPLED }
    const second = Math.floor(performance.now() / 1_000)
    if (second !== this.#second) this.#begun = 0
    this.#second = second
    this.#begun += 1
    const isSampled = this.#begun <= tracesPerSecond
    return { decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD }
  }

  toString(): string {
    return `RateSampler{${tracesPerSecond}/s}`
  }
}
