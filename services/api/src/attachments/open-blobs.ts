// The store of attachments that the settings name.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Blobs,
  createFolderBlobs,
  createPostgresBlobs,
  createS3Blobs,
  parseS3Place,
  prepareFolder,
} from '@goftegu/blobs'
import { ChatError } from '@goftegu/protocol'
import type { Replica } from '@goftegu/replica'
import { type Service, StartError } from '@goftegu/runtime'
import type { ApiConfig, blobSettings } from '../config.ts'

/** So long a start waits for the bucket's answer. */
const bucketWaitMs = 3_000

export type BlobConfig = Pick<ApiConfig, keyof typeof blobSettings | 'DATA_DIR'>

/** Opens it, and adds the step that closes it. Throws StartError where it can never work. */
export async function openBlobs(service: Service<BlobConfig>, { database }: Replica): Promise<Blobs> {
  const { BLOBS, DATA_DIR } = service.config
  if (BLOBS === 'folder') return openFolder(join(DATA_DIR, 'blobs'))
  const blobs = BLOBS === 'postgres' ? createPostgresBlobs(database) : await openBucket(service)
  service.onStop('blobs', async () => blobs.close())
  return blobs
}

async function openFolder(root: string): Promise<Blobs> {
  try {
    await prepareFolder(root)
  } catch (cause) {
    throw new StartError(
      `Attachments cannot be kept in ${root}: ${describe(cause)}. Give DATA_DIR a folder that can be written, or set BLOBS.`,
      { cause },
    )
  }
  return createFolderBlobs(root)
}

/** A bucket that refuses is told at once; one that is away may come back, and chat goes on meanwhile. */
async function openBucket({ config, log }: Service<BlobConfig>) {
  const blobs = createS3Blobs({ place: placeOf(config), credentials: credentialsOf(config) })
  try {
    await Promise.race([blobs.check(), late()])
  } catch (cause) {
    if (!(cause instanceof ChatError)) {
      throw new StartError(`The bucket that BLOBS names cannot be used: ${describe(cause)}`, { cause })
    }
    log.warn({ err: cause.cause }, 'the store of attachments cannot be reached')
  }
  return blobs
}

/** A name that cannot be resolved may take half a minute to say so. */
async function late(): Promise<never> {
  await delay(bucketWaitMs, undefined, { ref: false })
  throw new ChatError('unavailable', { cause: new Error(`no answer within ${bucketWaitMs} ms`) })
}

function placeOf({ BLOBS, AWS_REGION }: BlobConfig) {
  try {
    return parseS3Place(BLOBS, AWS_REGION)
  } catch (cause) {
    throw new StartError(`BLOBS names no bucket that can be used: ${describe(cause)}`, { cause })
  }
}

function credentialsOf({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN: sessionToken }: BlobConfig) {
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new StartError('BLOBS names a bucket: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY too.')
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(sessionToken && { sessionToken }),
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
