// How far the caller has read a conversation.
import type { Chat } from '@goftegu/chat'
import { MarkRead } from '@goftegu/protocol'
import { Type } from 'typebox'
import { actorOf } from '../actor.ts'
import { conversationId, PathId } from '../path-ids.ts'
import type { RestInstance } from '../rest-instance.ts'

const Mark = {
  summary: 'Say that you have read up to seq; a position never goes back',
  tags: ['conversations'],
  params: Type.Object({ id: PathId }),
  body: MarkRead,
  response: { 204: Type.Null() },
}

export async function readRoutes(app: RestInstance, { chat }: { chat: Chat }): Promise<void> {
  app.post('/conversations/:id/read/', { schema: Mark }, async (request, reply) => {
    const conversation_id = conversationId(request.params.id)
    await chat.reads.mark(await actorOf(request), { conversation_id, seq: request.body.seq })
    return reply.status(204).send(null)
  })
}
