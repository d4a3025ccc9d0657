// A terminal for the commands of a document: one shell that keeps its variables from block to block.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import type { TestContext } from 'node:test'
import { within } from '@goftegu/testkit'

const deadlineMs = 20_000

type Expectation = { text: string; resolve: () => void }

export class Terminal {
  readonly #shell: ChildProcessWithoutNullStreams
  readonly #ended: Promise<never>
  #expected: Expectation[] = []
  #output = ''
  #errors = ''
  #blocks = 0

  /** @param programs a folder whose programs take the place of others of the same name */
  constructor(t: TestContext, programs: string) {
    const env = { ...process.env, PATH: programs + delimiter + process.env.PATH }
    // Leads a process group of its own, so that what it started ends with it.
    const shell = spawn('bash', ['--norc', '--noprofile', '-eu', '-o', 'pipefail'], { env, detached: true })
    this.#shell = shell
    this.#ended = new Promise((_, reject) => {
      shell.once('close', () => reject(new Error(`The shell ended.\n${this.#output}\n${this.#errors}`)))
    })
    this.#ended.catch(() => {})
    shell.stdin.on('error', () => {}) // `ended` tells
    shell.stdout.setEncoding('utf8').on('data', (chunk: string) => this.#hear(chunk))
    shell.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors += chunk
    })
    t.after(() => this.#end())
  }

  /** Types a line, or several; what runs in the terminal reads them. */
  type(text: string): void {
    this.#shell.stdin.write(`${text.trimEnd()}\n`)
  }

  /** Runs a block to its end and answers what it printed. @throws Error with all output where a command fails */
  async run(block: string): Promise<string> {
    const before = this.#output.length
    const mark = `--- end of block ${++this.#blocks} ---`
    this.type(`${block.trimEnd()}\necho; echo '${mark}'`)
    await this.shows(mark)
    return this.#output.slice(before, this.#output.indexOf(mark))
  }

  /** Resolves when `text` is printed, or was. @throws Error with all output where it is not in time */
  async shows(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#expected.push({ text, resolve })
    this.#hear('')
    const what = () => `${text} in the terminal, which shows:\n${this.#output}\n${this.#errors}`
    await within(Promise.race([promise, this.#ended]), deadlineMs, what)
  }

  #hear(chunk: string): void {
    this.#output += chunk
    this.#expected = this.#expected.filter(({ text, resolve }) => {
      if (!this.#output.includes(text)) return true
      resolve()
      return false
    })
  }

  #end(): void {
    if (this.#shell.pid !== undefined && this.#shell.exitCode === null) process.kill(-this.#shell.pid, 'SIGKILL')
  }
}
