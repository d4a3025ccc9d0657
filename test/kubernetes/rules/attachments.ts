// Every pod of the API finds every attachment: in a store that they share.
import type { IConfigMap } from 'kubernetes-models/v1'
import { named, place, type Rule, workloadsOf } from '../manifests.ts'

export const attachmentsAreShared: Rule = manifests =>
  workloadsOf(manifests).flatMap(workload => {
    const sources = workload.pod.containers.flatMap(({ envFrom }) => envFrom ?? [])
    const maps = sources.map(({ configMapRef }) => named<IConfigMap>(manifests, 'ConfigMap', configMapRef?.name))
    const isInFolder = maps.some(map => map?.data?.BLOBS === 'folder')
    const hasVolume = workload.pod.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim)
    return isInFolder && !hasVolume ? [`${place(workload)}: BLOBS=folder, and no volume that its pods share`] : []
  })
