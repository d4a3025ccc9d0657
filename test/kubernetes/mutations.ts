// Faults that somebody could make in the manifests, one field each, and what is to be said of them.
import type { Mutation } from './mutation.ts'
import { networkMutations } from './mutations/networks.ts'
import { podMutations } from './mutations/pods.ts'
import { referenceMutations } from './mutations/references.ts'
import { rolloutMutations } from './mutations/rollout.ts'
import { settingMutations } from './mutations/settings.ts'
import { wayInMutations } from './mutations/way-in.ts'

export const mutations: Mutation[] = [
  ...referenceMutations,
  ...settingMutations,
  ...podMutations,
  ...rolloutMutations,
  ...networkMutations,
  ...wayInMutations,
]
