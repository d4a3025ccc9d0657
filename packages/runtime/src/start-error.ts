// Why a service cannot start, told to the person who started it.

/**
 * A fault that the person at the terminal can mend: `runService` prints its message without a stack.
 * The message says what is wrong and what to do next.
 */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
  }
}
