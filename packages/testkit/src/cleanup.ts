// The part of node:test's context that testkit needs: where to say what is undone afterwards.

/** A `TestContext` or `SuiteContext` of node:test, or anything else that runs functions when its time is over. */
export type Cleanup = { after(fn: () => unknown): void }
