// Calls listeners one by one, so that none can disturb another.

/** A set of listeners of one event. Whatever one of them throws, or rejects with, goes to `onError`. */
export class Listeners<Arguments extends unknown[]> {
  readonly #listeners = new Set<{ call: (...values: Arguments) => unknown }>()
  readonly #onError: (error: Error) => void

  constructor(onError: (error: Error) => void) {
    this.#onError = onError
  }

  /** Adds a listener; returns the function that removes it. The same function may be added twice. */
  add(call: (...values: Arguments) => unknown): () => void {
    const entry = { call }
    this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
    }
  }

  emit(...values: Arguments): void {
    for (const { call } of this.#listeners) {
      try {
        const result = call(...values)
        if (result instanceof Promise) result.catch(cause => this.#onError(asError(cause)))
      } catch (cause) {
        this.#onError(asError(cause))
      }
    }
  }
}

/** Makes an Error of whatever was thrown. */
export function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause), { cause })
}
