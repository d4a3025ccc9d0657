// All that is asked of what a kustomization renders to.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ISecret } from 'kubernetes-models/v1'
import { type Manifest, parseManifests, type Rule } from './manifests.ts'
import { annotationsAreRead } from './rules/annotations.ts'
import { attachmentsAreShared } from './rules/attachments.ts'
import { environmentIsRead } from './rules/environment.ts'
import { podsAreHardened } from './rules/hardening.ts'
import { imagesArePinned } from './rules/images.ts'
import { ingressFits } from './rules/ingress.ts'
import { serversListen } from './rules/listening.ts'
import { namespaceIsRestricted } from './rules/namespace.ts'
import { networksAreClosed } from './rules/networks.ts'
import { policiesCount } from './rules/policies.ts'
import { portsExist } from './rules/ports.ts'
import { probesAreServed } from './rules/probes.ts'
import { programsExist } from './rules/programs.ts'
import { podsAreReplacedInTurn } from './rules/rollout.ts'
import { scalersMeasure } from './rules/scaling.ts'
import { fitsSchema } from './rules/schema.ts'
import { selectorsMatch } from './rules/selectors.ts'
import { servicesLeadHome } from './rules/services.ts'
import { graceFits } from './rules/stopping.ts'
import { targetsExist } from './rules/targets.ts'
import { volumesFit } from './rules/volumes.ts'

export const deployFolder = fileURLToPath(new URL('../../deploy/kubernetes/', import.meta.url))

/** What stands in the file of an example. */
export function readExample(name: string): Manifest[] {
  return parseManifests(readFileSync(`${deployFolder}examples/${name}`, 'utf8'))
}

/** What an operator fills in. */
export const exampleSecret = readExample('secret.yaml')[0] as Manifest & ISecret

const rules: Rule[] = [
  selectorsMatch,
  portsExist,
  targetsExist,
  probesAreServed,
  environmentIsRead(exampleSecret),
  graceFits,
  programsExist,
  attachmentsAreShared,
  imagesArePinned,
  podsAreHardened,
  ingressFits,
  networksAreClosed(exampleSecret),
  policiesCount,
  servicesLeadHome,
  annotationsAreRead,
  serversListen,
  volumesFit,
  podsAreReplacedInTurn,
  scalersMeasure,
  namespaceIsRestricted,
]

/** One line for each fault; first what the schemas say, because the other rules take them for granted. */
export async function faultsOf(manifests: Manifest[]): Promise<string[]> {
  const misfits = await fitsSchema(manifests)
  if (misfits.length > 0) return misfits
  const found = await Promise.all(rules.map(rule => rule(manifests)))
  return found.flat()
}
