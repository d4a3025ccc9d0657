// The images under test: built from this tree, on the official base images or, where no registry is reached, on our own.
import { docker, repository, run } from './docker.ts'

const officialBases = ['node:24-bookworm-slim', 'debian:bookworm-slim']

/** Names of images as docker-compose.yml reads them from its environment. */
export type ImageNames = Record<string, string>

/**
 * Builds `targets`, tagged `cluster-test`, and answers the environment that makes docker-compose.yml take them.
 * @throws Error where Docker does not answer, or with the end of what the build printed
 */
export async function buildImages(targets: string[]): Promise<ImageNames> {
  await docker('version').catch(cause => {
    throw new Error('Docker does not answer: these tests need it (apt-get install docker.io; dockerd &)', { cause })
  })
  const isOfficial = await hasAll(officialBases)
  const names = { TAG: 'cluster-test' }
  await run('deploy/build.sh', [...(isOfficial ? [] : ['--airgap']), ...targets], names)
  return isOfficial ? names : { ...names, ...(await airgapNames()) }
}

async function hasAll(images: string[]): Promise<boolean> {
  for (const image of images) {
    const isThere = await docker('image', 'inspect', image)
      .catch(() => docker('pull', '--quiet', image))
      .then(yes, no)
    if (!isThere) return false
  }
  return true
}

const yes = () => true
const no = () => false

async function airgapNames(): Promise<ImageNames> {
  const lines = await run('grep', ['^[A-Z]', `${repository}/deploy/airgap/images.env`])
  return Object.fromEntries(lines.split('\n').map(line => line.split('=')))
}
