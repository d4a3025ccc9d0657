// The namespace lets in no pod that is more privileged than ours.
import { ofKind, type Rule } from '../manifests.ts'

const label = 'pod-security.kubernetes.io/enforce'

export const namespaceIsRestricted: Rule = manifests =>
  ofKind(manifests, 'Namespace')
    .filter(({ metadata }) => metadata.labels?.[label] !== 'restricted')
    .map(({ metadata }) => `Namespace ${metadata.name}: ${label} is ${metadata.labels?.[label]}, not restricted`)
