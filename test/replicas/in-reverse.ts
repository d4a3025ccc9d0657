// Undoes what a test started in the opposite order: services before their database.
import type { Cleanup } from '@goftegu/testkit'

/** A cleanup whose functions run after the test, the last added first, each awaited. */
export function inReverse(t: Cleanup): Cleanup {
  const steps: (() => unknown)[] = []
  t.after(async () => {
    for (const undo of steps.reverse()) await undo()
  })
  return { after: undo => steps.push(undo) }
}
