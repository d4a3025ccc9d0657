// A Service leads to the pods of its own component and no other, and to any of them.
import type { IService } from 'kubernetes-models/v1'
import { type Labels, ofKind, place, type Rule, workloadsOf } from '../manifests.ts'
import { matches } from './selectors.ts'

const component = 'app.kubernetes.io/component'

export const servicesLeadHome: Rule = manifests =>
  ofKind<IService>(manifests, 'Service').flatMap(({ metadata, spec }) => {
    const strangers = workloadsOf(manifests)
      .filter(({ labels }) => matches({ matchLabels: spec?.selector as Labels }, labels))
      .filter(({ labels }) => labels[component] !== metadata.name)
    const isSticky = (spec?.sessionAffinity ?? 'None') !== 'None'
    return [
      ...strangers.map(workload => `Service ${metadata.name}: it selects ${place(workload)}`),
      ...(isSticky ? [`Service ${metadata.name}: sessions need not be sticky`] : []),
    ]
  })
