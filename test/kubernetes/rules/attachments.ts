// Every pod of the API finds every attachment: in a store that they share, and have the keys of.
import { type Manifest, place, type Rule, type Workload, workloadsOf } from '../manifests.ts'
import { settingsOf } from './listening.ts'

const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']

export const attachmentsAreShared: Rule = manifests =>
  workloadsOf(manifests).flatMap(workload => faultsOf(workload, manifests).map(fault => `${place(workload)}: ${fault}`))

function faultsOf({ pod }: Workload, manifests: Manifest[]): string[] {
  const hasVolume = pod.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim)
  return pod.containers
    .filter(({ name }) => name === 'api')
    .flatMap(container => {
      const { BLOBS = '' } = settingsOf(container, manifests)
      if (BLOBS === 'folder' && !hasVolume) return ['BLOBS=folder, and no volume that its pods share']
      if (!BLOBS.startsWith('s3://')) return []
      const given = (container.env ?? []).map(({ name }) => name)
      return keys.filter(key => !given.includes(key)).map(key => `BLOBS names a bucket, and ${key} is not given`)
    })
}
