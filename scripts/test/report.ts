// Turns the runner's events into lines for people, and into the counts of the last line.
import { relative } from 'node:path'
import type { EventData } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import type { CheckResult } from './checks.ts'
import { root } from './files.ts'
import { dim, indent, mark, seconds } from './words.ts'

/** With so few files each test gets a line of its own. */
const detailedUpTo = 3

/** What is known of a test file while it runs. `names`: of the tests that are open, outermost first. */
type FileState = { passed: number; failed: number; names: string[]; lines: string[]; output: string }

/** Counts come from the runner's own events alone; a failed check adds one failure, so that 0 failed means success. */
export class Report {
  #passed = 0
  #failed = 0
  #isDetailed = false
  #isLive = false
  readonly #skipped: string[] = []
  readonly #failures: string[] = []
  readonly #files = new Map<string, FileState>()
  readonly #unfinished = new Set<string>()
  readonly #began = performance.now()

  say(line: string): void {
    process.stdout.write(`${line}\n`)
  }

  /** The files that are about to run. `isLive`: what they print and find is shown at once, because they take minutes. */
  expect(files: string[], { isLive = false } = {}): void {
    this.#isLive = isLive
    for (const file of files) this.#unfinished.add(file)
    this.#isDetailed = files.length <= detailedUpTo && !isLive
    this.say(`${files.length} test files\n`)
  }

  checked({ name, passed, output, ms }: CheckResult): void {
    this.say(`${mark(passed)} ${name} ${dim(seconds(ms))}`)
    if (passed) return
    this.#failed++
    this.#failures.push(name)
    this.say(output)
  }

  /** The run itself could not begin, or could not go on. */
  stopped(error: unknown): void {
    this.#failed++
    this.#failures.push(error instanceof Error ? error.message : inspect(error))
  }

  take(event: TestEvent): void {
    if (event.type === 'test:start') this.#fileOf(event.data).names[event.data.nesting] = event.data.name
    if (event.type === 'test:stdout' || event.type === 'test:stderr') this.#hear(event.data)
    if (event.type === 'test:diagnostic' && event.data.file) this.#note(event.data, `    ${event.data.message}`)
    if (event.type === 'test:pass') this.#pass(event.data)
    if (event.type === 'test:fail') this.#fail(event.data)
    if (event.type === 'test:summary' && event.data.file) this.#endFile(event.data.file, event.data.duration_ms)
  }

  /** Prints once more what failed, and the count as the last line. True when all went well. */
  end(): boolean {
    for (const file of this.#unfinished) this.#failFile(file, 'it did not end')
    if (this.#passed === 0 && this.#failed === 0) this.stopped(new Error('No test was run.'))
    if (this.#skipped.length > 0) this.say(`\nSkipped:\n${indent(this.#skipped.join('\n'))}`)
    if (this.#failures.length > 0) this.say(`\nFailed:\n${indent(this.#failures.join('\n'))}`)
    this.say(dim(`\n${seconds(performance.now() - this.#began)}`))
    this.say(`${this.#passed} passed, ${this.#failed} failed`)
    return this.#failed === 0
  }

  #hear(data: { file?: string; message: string }): void {
    this.#fileOf(data).output += data.message
    if (this.#isLive) process.stdout.write(indent(data.message, 4).replace(/ +$/, ''))
  }

  /** Belongs to the file's lines, or is said at once. */
  #note(data: { file?: string }, line: string): void {
    if (this.#isLive) this.say(line)
    else this.#fileOf(data).lines.push(line)
  }

  #pass(data: EventData.TestPass): void {
    // The runner counts a file in which it saw no test as one that passed.
    if (data.file && data.name === data.file) {
      this.#failFile(data.file, 'there is no test in it')
      return
    }
    const file = this.#fileOf(data)
    const name = this.#nameOf(data)
    if (isLeftOut(data)) this.#skipped.push(`${name}${reason(data)}`)
    else if (data.details.type !== 'suite') {
      this.#passed++
      file.passed++
      if (this.#isDetailed) file.lines.push(`  ${mark(true)} ${name} ${dim(seconds(data.details.duration_ms))}`)
    }
  }

  #fail(data: EventData.TestFail): void {
    const { error } = data.details
    if (data.file && data.name === data.file) {
      // Of a file whose tests failed, or which the runner ended, or which failed before its first test.
      const state = this.#fileOf(data)
      if (state.failed === 0) this.#failFile(data.file, inspect(error.cause ?? error))
      return
    }
    const name = this.#nameOf(data)
    if (isLeftOut(data)) this.#skipped.push(`${name}${reason(data)}`)
    else if (data.details.type !== 'suite') {
      const file = this.#fileOf(data)
      this.#failed++
      file.failed++
      this.#failures.push(`${relative(root, data.file ?? '')}:${data.line}  ${name}`)
      this.#note(data, `  ${mark(false)} ${name}\n${indent(inspect(error.cause ?? error), 6)}`)
    }
  }

  /** A file that failed as a whole. */
  #failFile(path: string, why: string): void {
    const file = this.#fileOf({ file: path })
    this.#failed++
    file.failed++
    this.#failures.push(`${relative(root, path)}: ${why.split('\n')[0]}`)
    file.lines.push(indent(why, 4))
    this.#endFile(path, 0)
  }

  #endFile(path: string, ms: number): void {
    this.#unfinished.delete(path)
    const { passed, failed, lines, output } = this.#fileOf({ file: path })
    const count = failed > 0 ? `${passed} passed, ${failed} failed` : `${passed} passed`
    this.say(`${mark(failed === 0)} ${relative(root, path)}  ${count} ${dim(seconds(ms))}`)
    for (const line of lines) this.say(line)
    if (failed > 0 && output.trim() !== '') this.say(dim(indent(`it printed:\n${output.trimEnd()}`, 4)))
  }

  #fileOf({ file = '', entryFile = file }: { file?: string; entryFile?: string }): FileState {
    const known = this.#files.get(entryFile)
    if (known) return known
    const state: FileState = { passed: 0, failed: 0, names: [], lines: [], output: '' }
    this.#files.set(entryFile, state)
    return state
  }

  #nameOf(data: EventData.TestPass | EventData.TestFail): string {
    return [...this.#fileOf(data).names.slice(0, data.nesting), data.name].join(' > ')
  }
}

function isLeftOut({ skip, todo }: { skip?: string | boolean; todo?: string | boolean }): boolean {
  return skip !== undefined || todo !== undefined
}

function reason({ skip, todo }: { skip?: string | boolean; todo?: string | boolean }): string {
  const why = skip ?? todo
  return typeof why === 'string' ? `: ${why}` : ''
}
