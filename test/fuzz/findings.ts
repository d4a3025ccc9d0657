// What a run found: each kind of fault with its first examples.

/** Of each kind so many examples are kept; the rest is counted. */
const mostExamples = 5

export class Findings {
  readonly #byKind = new Map<string, { count: number; examples: string[] }>()

  /** @param kind what was asked of the server; `example` says how to have it again */
  add(kind: string, example: string): void {
    const found = this.#byKind.get(kind) ?? { count: 0, examples: [] }
    found.count += 1
    if (found.examples.length < mostExamples) found.examples.push(example)
    this.#byKind.set(kind, found)
  }

  get count(): number {
    return [...this.#byKind.values()].reduce((sum, { count }) => sum + count, 0)
  }

  /** For people: one line a kind, its examples below. */
  lines(): string[] {
    return [...this.#byKind].flatMap(([kind, { count, examples }]) => [
      `${kind}: ${count}`,
      ...examples.map(example => `  ${example}`),
    ])
  }
}
