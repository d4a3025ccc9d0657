// The bytes of an attachment, for participants alone.
import type { Blobs, ByteRange } from '@goftegu/blobs'
import type { Chat, File } from '@goftegu/chat'
import { ChatError } from '@goftegu/protocol'
import { create as contentDisposition } from 'content-disposition'
import { Type } from 'typebox'
import { actorOf } from '../actor.ts'
import { isFresh, rangeOf } from '../attachments/byte-range.ts'
import { attachmentId, PathId } from '../path-ids.ts'
import type { RestInstance } from '../rest-instance.ts'

const Get = {
  summary: 'The file itself; ranges are served',
  tags: ['attachments'],
  params: Type.Object({ id: PathId, '*': Type.String({ description: 'The name, for people; not looked at.' }) }),
}

export type AttachmentFileOptions = { chat: Chat; blobs: Blobs }

export async function attachmentFileRoutes(app: RestInstance, { chat, blobs }: AttachmentFileOptions): Promise<void> {
  // A wildcard, because a parameter of the router ends at 100 characters and a Persian name is longer.
  app.route({
    method: ['GET', 'HEAD'],
    url: '/attachments/:id/*',
    schema: Get,
    handler: async (request, reply) => {
      const file = await chat.attachments.find(await actorOf(request), attachmentId(request.params.id))
      const etag = `"${file.blob_key}"` // the bytes of a key never change
      if (isFresh(request.headers, etag)) return reply.status(304).headers(policyOf(etag)).send()
      const range = rangeOf(request.headers, file.byte_size, etag)
      if (range === 'unsatisfiable') {
        reply.header('content-range', `bytes */${file.byte_size}`)
        throw new ChatError('range_not_satisfiable')
      }
      const wanted = range === 'whole' ? undefined : range
      const body = request.method === 'GET' ? await blobs.get(file.blob_key, wanted) : undefined
      if (body === null) {
        request.log.error({ blob_key: file.blob_key }, 'an attachment has a row but no bytes')
        throw new ChatError('attachment_not_found')
      }
      if (wanted) reply.status(206).header('content-range', `bytes ${wanted.start}-${wanted.end}/${file.byte_size}`)
      return reply.headers({ ...policyOf(etag), ...descriptionOf(file, wanted) }).send(body)
    },
  })
}

/** How a browser may keep and use the file: asked for again each time, so that leaving and deleting are heeded. */
function policyOf(etag: string) {
  return {
    etag,
    'cache-control': 'private, no-cache',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
  }
}

function descriptionOf(file: File, range: ByteRange | undefined) {
  return {
    'accept-ranges': 'bytes',
    'content-type': file.media_type,
    'content-length': range ? range.end - range.start + 1 : file.byte_size,
    'content-disposition': contentDisposition(file.file_name, { type: 'inline' }),
  }
}
