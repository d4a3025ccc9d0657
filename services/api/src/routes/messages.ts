// Posting, reading, editing and deleting one message.
import type { Actor, Chat } from '@goftegu/chat'
import { ChatError, EditMessage, Message, PostMessage } from '@goftegu/protocol'
import { Type } from 'typebox'
import { actorOf } from '../actor.ts'
import { messageId, PathId } from '../path-ids.ts'
import type { RestInstance } from '../rest-instance.ts'

const tags = ['messages']
const params = Type.Object({ id: PathId })

const Post = {
  summary: 'Post a message to a user or into a conversation',
  description: 'Exactly one of recipient_id and conversation_id. A repeat with the same client_id answers 200.',
  tags,
  body: PostMessage,
  response: { 200: Message, 201: Message },
}
const Get = { summary: 'One message', tags, params, response: { 200: Message } }
const Edit = { summary: 'Change the text of your message', tags, params, body: EditMessage, response: { 200: Message } }
const Delete = { summary: 'Delete your message', tags, params, response: { 204: Type.Null() } }

export async function messageRoutes(app: RestInstance, { chat }: { chat: Chat }): Promise<void> {
  app.post('/messages/', { schema: Post }, async (request, reply) => {
    const actor = await actorOf(request)
    const { outcome, message_id } = await post(chat, actor, request.body)
    const message = await readStored(chat, actor, message_id)
    return reply.status(outcome === 'stored' ? 201 : 200).send(message)
  })

  app.get('/messages/:id/', { schema: Get }, async request =>
    chat.messages.get(await actorOf(request), messageId(request.params.id)),
  )

  for (const method of ['PUT', 'PATCH'] as const) {
    app.route({
      method,
      url: '/messages/:id/',
      schema: Edit,
      handler: async request => {
        const { content } = request.body
        return chat.messages.edit(await actorOf(request), { message_id: messageId(request.params.id), content })
      },
    })
  }

  app.delete('/messages/:id/', { schema: Delete }, async (request, reply) => {
    await chat.messages.remove(await actorOf(request), { message_id: messageId(request.params.id) })
    return reply.status(204).send(null)
  })
}

/**
 * The message that was just stored, read with staff's eyes: whoever repeats a send after being removed still gets their
 * own message back. Where it cannot be read it is stored all the same, and `unavailable` would invite a second one.
 */
async function readStored(chat: Chat, actor: Actor, message_id: number): Promise<Message> {
  try {
    return await chat.messages.get({ ...actor, is_staff: true }, message_id)
  } catch (error) {
    const isUnread = error instanceof ChatError && error.code === 'unavailable'
    throw isUnread ? new ChatError('outcome_unknown', { cause: error.cause }) : error
  }
}

function post(chat: Chat, actor: Actor, { recipient_id, conversation_id, content, client_id }: PostMessage) {
  if (conversation_id !== undefined && recipient_id === undefined) {
    return chat.messages.post(actor, { conversation_id, content, client_id })
  }
  if (recipient_id !== undefined && conversation_id === undefined) {
    return chat.messages.postDirect(actor, { recipient_id, content, client_id })
  }
  const detail = 'give exactly one of recipient_id and conversation_id'
  throw new ChatError('invalid_request', {
    errors: [
      { path: '/recipient_id', detail },
      { path: '/conversation_id', detail },
    ],
  })
}
