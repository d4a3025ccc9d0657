// Ends a process and removes its folder when this Node is gone, however it went.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Reads process ids, one a line, 0 for none. When its input ends (which the kernel does for a Node killed with -9),
 * it ends the last one's process group and removes the folder.
 */
const script = `
pid=0
while read -r line; do pid=$line; done
if [ "$pid" != 0 ]; then
  kill -s "$1" -- "-$pid" 2>/dev/null
  kill -s CONT -- "-$pid" 2>/dev/null
  n=0
  while kill -s 0 -- "-$pid" 2>/dev/null && [ "$n" -lt 50 ]; do sleep 0.1; n=$((n + 1)); done
  kill -s KILL -- "-$pid" 2>/dev/null
fi
if [ -n "$2" ]; then rm -rf -- "$2"; fi
`

/** A shell of 1 MB in a session of its own, so that neither Ctrl-C nor the end of our process group reaches it. */
export class Reaper {
  readonly #shell: ChildProcess

  /**
   * @param signal what ends the guarded process: 'TERM', or 'QUIT' for a PostgreSQL that shall not wait for its clients
   * @param folder removed at the end, after the process; '' for none
   */
  constructor(signal: string, folder = '') {
    this.#shell = spawn('/bin/sh', ['-c', script, 'goftegu-reaper', signal, folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
    })
    this.#shell.stdin?.on('error', () => {})
    this.#shell.unref()
    // A pipe is a socket to Node, and would keep a finished test file running.
    if (this.#shell.stdin && 'unref' in this.#shell.stdin && typeof this.#shell.stdin.unref === 'function') {
      this.#shell.stdin.unref()
    }
  }

  /** From now on `pid`, the leader of its process group, is what is ended. */
  guard(pid: number): void {
    this.#shell.stdin?.write(`${pid}\n`)
  }

  /** The process has ended by itself. Its number may soon be another's. */
  release(): void {
    this.guard(0)
  }

  /** Ends what is guarded, removes the folder, and waits for both. */
  async close(): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return
    this.#shell.ref()
    this.#shell.stdin?.end()
    await once(this.#shell, 'exit')
  }
}
