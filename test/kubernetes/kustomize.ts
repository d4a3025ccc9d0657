// Renders a kustomization with the real program: on the PATH, or Debian's, unpacked into the cache.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { testkitConfig, unpackDebianPackages } from '@goftegu/testkit'

const execute = promisify(execFile)

/** A program that prints what a folder renders to. */
type Renderer = { program: string; command: string }

/** The release whose package is kustomize 5.6; older ones have none. */
const suite = 'trixie'

const howToGetKustomize = [
  'The Kubernetes manifests cannot be rendered: there is no kustomize (5 or newer) and no kubectl (1.27 or newer) on the',
  'PATH, and this is not a Debian whose package can be fetched. Run one of:',
  '  sudo apt-get install kustomize         (Debian 13 and newer)',
  '  sudo snap install kubectl --classic    (Ubuntu)',
  '  brew install kustomize                 (macOS)',
].join('\n')

/**
 * What `kustomize build folder` prints.
 * @throws Error with what kustomize said, or that says what to install
 */
export async function render(folder: string): Promise<string> {
  const { program, command } = await renderer()
  const { stdout } = await execute(program, [command, folder], { maxBuffer: 16 * 1024 * 1024 })
  return stdout
}

let found: Promise<Renderer> | undefined

function renderer(): Promise<Renderer> {
  found ??= findRenderer()
  return found
}

async function findRenderer(): Promise<Renderer> {
  const cached = join(testkitConfig.cacheFolder, 'kustomize-debian')
  const unpacked = join(cached, 'usr/bin/kustomize')
  for (const program of ['kustomize', unpacked]) if (await isKustomize(program)) return { program, command: 'build' }
  if (await isKubectl()) return { program: 'kubectl', command: 'kustomize' }
  try {
    await unpackDebianPackages(cached, ['kustomize'], { suite })
  } catch (cause) {
    throw new Error(howToGetKustomize, { cause })
  }
  if (await isKustomize(unpacked)) return { program: unpacked, command: 'build' }
  throw new Error(howToGetKustomize)
}

/** Debian's says no more of itself than `(devel)`; its first package is of 5.6. */
async function isKustomize(program: string): Promise<boolean> {
  return /\(devel\)|v([5-9]|\d\d)\./.test(await printed(program, ['version']))
}

async function isKubectl(): Promise<boolean> {
  return /^Kustomize Version: v([5-9]|\d\d)\./m.test(await printed('kubectl', ['version', '--client']))
}

async function printed(program: string, args: string[]): Promise<string> {
  return execute(program, args).then(
    ({ stdout }) => stdout,
    () => '',
  )
}
