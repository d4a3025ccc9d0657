// Names about which something is still to be done, kept by the group in which they can be dealt with.

export class OpenNames {
  readonly #groups = new Map<number, Set<string>>()
  readonly #groupOf: (name: string) => number
  #size = 0

  constructor(groupOf: (name: string) => number) {
    this.#groupOf = groupOf
  }

  get size(): number {
    return this.#size
  }

  add(name: string): void {
    const key = this.#groupOf(name)
    const group = this.#groups.get(key) ?? new Set<string>()
    if (group.size === 0) this.#groups.set(key, group)
    const before = group.size
    group.add(name)
    this.#size += group.size - before
  }

  /** Takes out up to `count` names, whole groups as far as they go; oldest group first. */
  take(count: number): string[][] {
    const taken: string[][] = []
    let left = count
    for (const [key, group] of this.#groups) {
      if (left === 0) break
      const names = [...group.values().take(left)]
      for (const name of names) group.delete(name)
      if (group.size === 0) this.#groups.delete(key)
      left -= names.length
      this.#size -= names.length
      taken.push(names)
    }
    return taken
  }
}
