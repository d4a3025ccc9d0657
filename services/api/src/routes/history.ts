// A conversation's messages, page by page, newest first.
import type { Chat } from '@goftegu/chat'
import { MessagePage, pageSize } from '@goftegu/protocol'
import { Type } from 'typebox'
import { actorOf } from '../actor.ts'
import { conversationId, PathId } from '../path-ids.ts'
import type { RestInstance } from '../rest-instance.ts'

const Page = {
  summary: 'Messages, newest first',
  tags: ['messages'],
  params: Type.Object({ id: PathId }),
  querystring: Type.Object({
    limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100, 50 if not given.' })),
    cursor: Type.Optional(Type.String({ description: 'As it stands in next and previous.' })),
  }),
  response: { 200: MessagePage },
}

export type HistoryOptions = { chat: Chat; publicUrl: () => string }

export async function historyRoutes(app: RestInstance, { chat, publicUrl }: HistoryOptions): Promise<void> {
  app.get('/conversations/:id/messages/', { schema: Page }, async request => {
    const id = conversationId(request.params.id)
    const { limit, cursor } = request.query
    const page = await chat.messages.page(await actorOf(request), id, {
      limit: limit === undefined ? pageSize : Number(limit),
      cursor,
    })
    const link = (to: string | null) => {
      if (to === null) return null
      const query = new URLSearchParams({ cursor: to, ...(limit !== undefined && { limit }) })
      return `${publicUrl()}/api/conversations/${id}/messages/?${query}`
    }
    return { ...page, next: link(page.next), previous: link(page.previous) }
  })
}
