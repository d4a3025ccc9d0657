// What each kind of fault did at its worst.
import type { Damage } from '../replicas/weather.ts'
import type { SoakFault } from './faults.ts'

export type Suffered = Omit<Damage, 'behindByReaderMs'> & { kind: string; times: number }

export class Journal {
  readonly #kinds = new Map<string, Suffered>()

  /** Answers a line about it, for people. */
  suffered({ kind }: SoakFault, { lastedMs, unavailableMs, behindMs, repairMs }: Damage): string {
    const worst = this.#kinds.get(kind) ?? { kind, times: 0, lastedMs: 0, unavailableMs: 0, behindMs: 0, repairMs: 0 }
    this.#kinds.set(kind, {
      kind,
      times: worst.times + 1,
      lastedMs: Math.max(worst.lastedMs, lastedMs),
      unavailableMs: Math.max(worst.unavailableMs, unavailableMs),
      behindMs: Math.max(worst.behindMs, behindMs),
      repairMs: Math.max(worst.repairMs, repairMs),
    })
    const times = `nobody could write for ${seconds(unavailableMs)} s, behind ${seconds(behindMs)} s`
    return `${kind} (${seconds(lastedMs)} s): ${times}, well after ${seconds(repairMs)} s`
  }

  faults(): Suffered[] {
    return [...this.#kinds.values()]
  }
}

export function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}
