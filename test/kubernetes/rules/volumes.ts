// What is mounted is there; servers have a /tmp, and the API's holds many uploads at once.
import { maxAttachmentBytes } from '@goftegu/protocol'
import { containersOf, place, type Rule, type Workload, workloadsOf } from '../manifests.ts'
import { mebibytes } from '../quantity.ts'

/** An upload lies in /tmp until it is whole; slow senders add up. */
const uploadsAtOnce = 100

export const volumesFit: Rule = manifests =>
  workloadsOf(manifests).flatMap(workload => {
    const faults = [...mountFaults(workload), ...(workload.kind === 'Deployment' ? tmpFaults(workload) : [])]
    return faults.map(fault => `${place(workload)}: ${fault}`)
  })

function mountFaults(workload: Workload): string[] {
  const names = (workload.pod.volumes ?? []).map(({ name }) => name)
  return containersOf(workload)
    .flatMap(({ volumeMounts }) => volumeMounts ?? [])
    .filter(({ name }) => !names.includes(name))
    .map(({ name }) => `it mounts ${name}, which is no volume`)
}

function tmpFaults({ pod }: Workload): string[] {
  return pod.containers.flatMap(({ name, volumeMounts }) => {
    const mount = volumeMounts?.find(({ mountPath }) => mountPath === '/tmp')
    const volume = pod.volumes?.find(({ name }) => name === mount?.name)?.emptyDir
    if (!mount) return ['nothing is mounted at /tmp']
    const uploads = Math.floor((mebibytes(volume?.sizeLimit) * 1024 ** 2) / maxAttachmentBytes)
    return [
      ...(volume?.medium === 'Memory' ? ['/tmp lies in memory'] : []),
      ...(name !== 'api' || uploads >= uploadsAtOnce ? [] : [`/tmp holds ${uploads} uploads`]),
    ]
  })
}
