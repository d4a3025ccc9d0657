// Turns tracing on: the SDK is loaded here, and only then.
import { turnOn } from './spans.ts'

/**
 * From now on spans go to the OTLP collector at `endpoint` (`http://collector:4318`), in batches and never waited for.
 * `onError` hears that they could not be sent, once a minute at most. Returns how to send what is left and end it; that
 * never fails, and takes a second at most. Once a process.
 */
export async function startTracing(endpoint: string, onError: (detail: string) => void): Promise<() => Promise<void>> {
  const { exportTo } = await import('./exporting.ts')
  const stop = exportTo(endpoint, onError)
  turnOn()
  return stop
}
