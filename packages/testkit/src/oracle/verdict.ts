// The counts of the oracle, each with the target 0, and the evidence for them.

/** What each count means stands in the docstrings of the judges that raise it. */
export type Violation = 'lost' | 'duplicated' | 'reordered' | 'phantom' | 'leaked' | 'diverged'

/** Sentences kept per verdict; the counts go on. */
const maxEvidence = 50

export class Verdict {
  lost = 0
  duplicated = 0
  reordered = 0
  phantom = 0
  leaked = 0
  diverged = 0
  /** Acknowledged sends, and events handed over, that went with a history whose end was told: no violation. */
  readonly gone = { sends: 0, events: 0 }
  /** The first sentences about what was found. */
  readonly evidence: string[] = []

  found(violation: Violation, sentence: string): void {
    this[violation]++
    if (this.evidence.length < maxEvidence) this.evidence.push(`${violation}: ${sentence}`)
  }

  /** The counts alone: `assert.deepEqual(verdict.counts(), noViolations)`. */
  counts(): Record<Violation, number> {
    const { lost, duplicated, reordered, phantom, leaked, diverged } = this
    return { lost, duplicated, reordered, phantom, leaked, diverged }
  }
}

export const noViolations: Record<Violation, number> = {
  lost: 0,
  duplicated: 0,
  reordered: 0,
  phantom: 0,
  leaked: 0,
  diverged: 0,
}
