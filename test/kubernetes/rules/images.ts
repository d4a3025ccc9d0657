// Every image is named with its registry and its version; all of ours have the same one.
import type { IJob } from 'kubernetes-models/batch/v1'
import { containersOf, ofKind, place, type Rule, workloadsOf } from '../manifests.ts'

export const imagesArePinned: Rule = manifests => {
  const used = workloadsOf(manifests).flatMap(workload =>
    containersOf(workload).map(container => ({ by: place(workload, container), image: container.image ?? '' })),
  )
  const tags = used.map(({ image }) => /^[^/]+\.[^/]+\/[\w./-]+:([\w.-]+)(@sha256:\w+)?$/.exec(image)?.[1])
  const loose = used.filter((_, i) => tags[i] === undefined || tags[i] === 'latest')
  const jobs = ofKind<IJob>(manifests, 'Job').filter(({ metadata }) => !metadata.name.endsWith(`-${tags[0]}`))
  return [
    ...loose.map(({ by, image }) => `${by}: the image ${image} has no registry, or is not pinned by a tag`),
    ...(new Set(tags).size === 1 ? [] : [`the images are of different versions: ${[...new Set(tags)].join(', ')}`]),
    ...jobs.map(({ metadata }) => `Job ${metadata.name}: its name does not change with the image's version`),
  ]
}
