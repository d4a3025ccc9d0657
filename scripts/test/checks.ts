// The checks beside the tests: programs of node_modules/.bin that say nothing when all is well.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from './files.ts'

export type CheckResult = { name: string; passed: boolean; output: string; ms: number }

/** Runs a program of the workspace over the whole tree. */
export async function runCheck(name: string, [program = '', ...args]: string[]): Promise<CheckResult> {
  const began = performance.now()
  const child = spawn(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<boolean>(resolve => {
    child.once('error', () => resolve(false))
    child.once('close', code => resolve(code === 0))
  })
  const [passed, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { name, passed, output: out + err, ms: performance.now() - began }
}
