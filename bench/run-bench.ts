// The life of a bench: it runs once, and what it started is ended in reverse, whatever happened.

const cleanups: (() => unknown)[] = []

/** What is handed to whatever starts a server. */
export const life = { after: (cleanup: () => unknown) => cleanups.push(cleanup) }

/** Runs `main`, or prints `usage` where that is what was asked for. */
export async function runBench(main: () => Promise<void>, { help, usage }: { help: boolean; usage: string }) {
  if (help) {
    console.log(usage)
    return
  }
  try {
    await main()
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}
