// Docker's commands for the tests of images and compose file.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** The repository's own folder. */
export const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a program in the repository's folder, and answers what it wrote to stdout. @throws with what it wrote to stderr */
export async function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { cwd: repository, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }
  try {
    return (await execute(program, args, options)).stdout.trim()
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')} failed:\n${`${stdout}${stderr}`.slice(-4_000)}`, { cause: error })
  }
}

/** Runs `docker` with these arguments. */
export function docker(...args: string[]): Promise<string> {
  return run('docker', args)
}

/** `docker compose`, or docker-compose 1.29 where that is what there is. */
export async function composeCommand(): Promise<[string, ...string[]]> {
  const hasPlugin = await docker('compose', 'version').then(
    () => true,
    () => false,
  )
  return hasPlugin ? ['docker', 'compose'] : ['docker-compose']
}
