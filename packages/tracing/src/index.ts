// Traces of requests and messages: nothing until they are turned on, and then a bounded number a second.
export { begin, inSpan, isTracing, outside, type Span } from './spans.ts'
export { startTracing } from './start.ts'
