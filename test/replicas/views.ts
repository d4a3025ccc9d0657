// Three ways to see a conversation, which must show the same: heard live, replayed, and fetched.
import { isDeepStrictEqual } from 'node:util'
import type { Heard } from '@goftegu/testkit'
import type { ChatClient } from './chat-client.ts'
import { RestRefused } from './rest.ts'
import { View } from './view.ts'

/** How much is replayed: what a gateway has in memory, and what it has to ask the database for. */
const replayLengths = [100, 2_000]

/** How what a client shows, and what a new socket of theirs is told, differs from a fresh fetch; in words. */
export async function differencesOf(client: ChatClient, head: number): Promise<string[]> {
  const fresh = await client.fetchedNow().catch(refusalOf)
  if (typeof fresh === 'string') return [`live: ${client.where}: ${fresh}`]
  const found = isDeepStrictEqual(client.view.shown(), fresh.shown()) ? [] : [`live: ${client.where}`]
  for (const length of replayLengths) {
    const since = Math.max(0, head - length)
    const difference = differenceOf(await client.replayed(since, head), fresh, since)
    if (difference) found.push(`replayed from ${since}: ${client.where}: ${difference}`)
  }
  return found
}

/** Whoever may not fetch the conversation has no view of it. @throws what else went wrong */
function refusalOf(error: unknown): string {
  if (error instanceof RestRefused && error.status === 404) return error.message
  throw error
}

/** What is replayed shows each message as it is now, in every event of it: also those that came before its last change. */
function differenceOf(events: readonly Heard[], fresh: View, since: number): string | undefined {
  const view = new View()
  for (const event of events) view.apply(event)
  const messages = new Map(fresh.shown().messages.map(message => [message.id, message]))
  for (const event of events) {
    if (event.type !== 'new_message' && event.type !== 'message_edited') continue
    const now = messages.get(event.message.id)
    if (now && now.content !== event.message.content) return `${event.type} ${event.seq} tells a text of the past`
  }
  const missed = [...messages.values()].filter(({ seq }) => seq > since)
  return isDeepStrictEqual(view.shown().messages, missed) ? undefined : 'its messages are others'
}
