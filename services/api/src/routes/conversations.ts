// The conversations of the caller.
import type { Chat } from '@goftegu/chat'
import { ChatError, Conversation, parseId } from '@goftegu/protocol'
import { Type } from 'typebox'
import { actorOf } from '../actor.ts'
import { conversationId, PathId } from '../path-ids.ts'
import type { RestInstance } from '../rest-instance.ts'

const List = {
  summary: 'Your own conversations, most recently active first',
  tags: ['conversations'],
  querystring: Type.Object({
    limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100; all if not given.' })),
    before: Type.Optional(Type.String({ description: 'The id of the last conversation that you have.' })),
  }),
  response: { 200: Type.Array(Conversation) },
}

const Get = {
  summary: 'One conversation',
  tags: ['conversations'],
  params: Type.Object({ id: PathId }),
  response: { 200: Conversation },
}

export async function conversationRoutes(app: RestInstance, { chat }: { chat: Chat }): Promise<void> {
  app.get('/conversations/', { schema: List }, async request => {
    const { limit, before } = request.query
    return chat.conversations.list(await actorOf(request), {
      limit: limit === undefined ? undefined : Number(limit),
      before: before === undefined ? undefined : queryId('before', before),
    })
  })

  app.get('/conversations/:id/', { schema: Get }, async request =>
    chat.conversations.get(await actorOf(request), conversationId(request.params.id)),
  )
}

function queryId(name: string, text: string): number {
  const id = parseId(text)
  if (id === null) throw new ChatError('invalid_query', { errors: [{ path: `/${name}`, detail: 'must be an id' }] })
  return id
}
