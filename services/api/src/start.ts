// The API in a replica: its routes, its files, and the sweep of what was deleted.
import type { Replica } from '@goftegu/replica'
import type { Service } from '@goftegu/runtime'
import type { FastifyInstance } from 'fastify'
import { apiPlugin } from './app.ts'
import { startBlobSweep } from './attachments/blob-sweep.ts'
import { type BlobConfig, openBlobs } from './attachments/open-blobs.ts'
import type { ApiConfig } from './config.ts'

type ServedConfig = BlobConfig & Pick<ApiConfig, 'REGISTRATION' | 'REST_WRITES_PER_MINUTE'>

/** Registers REST on the server of a replica; attachments are kept where BLOBS says. */
export async function registerApi(
  service: Service<ServedConfig>,
  app: FastifyInstance,
  replica: Replica,
): Promise<void> {
  const { config, log } = service
  const blobs = await openBlobs(service, replica)
  const onError = (err: unknown, doing: string) => log.error({ err, doing }, 'a task failed')
  const sweep = startBlobSweep({ chat: replica.chat, blobs, onError })
  service.onStop('blob sweep', () => sweep.stop())
  await app.register(apiPlugin, {
    ...replica,
    blobs,
    registration: config.REGISTRATION,
    writeRate: writeRateOf(config),
  })
}

/** A sixth of a minute's writes may come at once. */
function writeRateOf({ REST_WRITES_PER_MINUTE: limit }: ServedConfig) {
  return { limit, windowMs: 60_000, burst: Math.max(1, Math.ceil(limit / 6)) }
}
