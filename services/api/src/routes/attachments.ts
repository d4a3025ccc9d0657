// Attaching a file to a message.
import multipart from '@fastify/multipart'
import type { Blobs } from '@goftegu/blobs'
import type { Chat } from '@goftegu/chat'
import { Attachment, ChatError } from '@goftegu/protocol'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { actorOf } from '../actor.ts'
import { receiveUpload } from '../attachments/receive-upload.ts'
import { conversationId, messageId, PathId } from '../path-ids.ts'
import type { RestInstance } from '../rest-instance.ts'

const Add = {
  summary: 'Attach a file to your message: multipart/form-data, field "file", at most 10 MiB',
  tags: ['attachments'],
  consumes: ['multipart/form-data'],
  params: Type.Object({ id: PathId, message_id: PathId }),
  response: { 201: Attachment },
}

export type AttachmentOptions = { chat: Chat; blobs: Blobs }

export async function attachmentRoutes(app: RestInstance, { chat, blobs }: AttachmentOptions): Promise<void> {
  await app.register(multipart)

  app.post('/conversations/:id/messages/:message_id/attachments/', {
    schema: Add,
    // Before the body: nobody uploads 10 MiB to be told that they may not.
    onRequest: async request => chat.attachments.check(await actorOf(request), messageOf(request)),
    handler: async (request, reply) => {
      const actor = await actorOf(request)
      const file = await receiveUpload(request, blobs)
      try {
        const attachment = await chat.attachments.add(actor, { ...messageOf(request), ...file })
        return reply.status(201).send(attachment)
      } catch (error) {
        // Only a refusal is sure to have stored no row; otherwise the sweep finds out.
        if (error instanceof ChatError && error.status < 500) await blobs.remove(file.blob_key)
        throw error
      }
    },
  })
}

function messageOf(request: FastifyRequest): { conversation_id: number; message_id: number } {
  const { id, message_id } = request.params as { id: string; message_id: string }
  return { conversation_id: conversationId(id), message_id: messageId(message_id) }
}
