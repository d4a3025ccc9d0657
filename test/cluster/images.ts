// The images of the cluster: ours built from this tree, the others pulled, or built too where no registry is reached.
import { buildImages } from '../../deploy/test/build-images.ts'

export type Images = { api: string; gateway: string; postgres: string; redis: string; haproxy: string; from: string }

/** Builds, pulls, or finds all of them. @throws Error with the end of what the build printed */
export async function findImages(): Promise<Images> {
  const names = await buildImages(['api', 'gateway'])
  const { TAG, POSTGRES_IMAGE = 'postgres:18', REDIS_IMAGE = 'redis:7', HAPROXY_IMAGE = 'haproxy:3.2' } = names
  const from = names.POSTGRES_IMAGE ? 'images of deploy/airgap, as no registry is reached' : 'official images'
  const others = { postgres: POSTGRES_IMAGE, redis: REDIS_IMAGE, haproxy: HAPROXY_IMAGE }
  return { api: `goftegu/api:${TAG}`, gateway: `goftegu/gateway:${TAG}`, ...others, from }
}
