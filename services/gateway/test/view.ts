// What a client makes of a conversation: from events as the contract says to apply them, or from a fresh fetch.
import type { Chat } from '@goftegu/chat'
import type { Heard } from '@goftegu/testkit'

type Line = { seq: number; changed_seq: number; content: string; isDeleted: boolean; attachments: number[] }

/** A conversation as shown to somebody, comparable with `deepEqual`. */
export class View {
  readonly messages = new Map<number, Line>()
  readonly participants: Set<number>
  readonly reads = new Map<number, number>()
  title: string
  /** Where the client stands: what it would resume with. */
  position = 0

  constructor(participants: Iterable<number>, title: string) {
    this.participants = new Set(participants)
    this.title = title
  }

  /** Applies one event. @throws Error where a number is missing or comes twice */
  apply(event: Heard): void {
    if (event.type === 'ready' && this.position === 0) this.position = event.seq
    if (event.type === 'read_updated') this.#read(event.user_id, event.read_seq)
    if (!('seq' in event) || event.type === 'ready' || event.type === 'accepted' || event.type === 'resync') return
    if (event.seq !== this.position + 1) throw new Error(`after ${this.position} came ${event.seq}`)
    this.position = event.seq
    this.#change(event)
  }

  /** Everything that is shown, as plain data in a fixed order. */
  shown(readers: readonly number[]) {
    const lines = [...this.messages].sort(([a], [b]) => a - b)
    const reads = readers.map(id => [id, this.reads.get(id) ?? 0])
    return { lines, participants: [...this.participants].sort((a, b) => a - b), title: this.title, reads }
  }

  #read(userId: number, readSeq: number): void {
    this.reads.set(userId, Math.max(readSeq, this.reads.get(userId) ?? 0))
  }

  #change(event: Heard & { seq: number }): void {
    if (event.type === 'new_message') this.#add(event)
    if (event.type === 'message_edited')
      this.#touch(event.message.id, event.changed_seq, { content: event.message.content })
    if (event.type === 'message_deleted') {
      this.#touch(event.message_id, event.changed_seq, { content: '', isDeleted: true, attachments: [] })
    }
    if (event.type === 'attachment_added') this.#attach(event)
    if (event.type === 'participant_added') this.participants.add(event.user.id)
    if (event.type === 'participant_removed') this.participants.delete(event.user_id)
    if (event.type === 'conversation_renamed') this.title = event.title
  }

  /** Sending moves one's own position. */
  #add({ seq, changed_seq, message }: Heard<'new_message'>): void {
    this.messages.set(message.id, { seq, changed_seq, content: message.content, isDeleted: false, attachments: [] })
    this.#read(message.sender.id, seq)
  }

  /** What is older than what one has is ignored; what is equal is applied. */
  #touch(id: number, changed_seq: number, state: Partial<Line>): void {
    const line = this.messages.get(id)
    if (line && changed_seq >= line.changed_seq) Object.assign(line, { changed_seq }, state)
  }

  #attach({ message_id, changed_seq, attachment }: Heard<'attachment_added'>): void {
    const line = this.messages.get(message_id)
    if (!line || changed_seq < line.changed_seq) return
    const attachments = attachment ? [...new Set([...line.attachments, attachment.id])] : line.attachments
    Object.assign(line, { changed_seq, attachments })
  }
}

/** The same from REST's verbs, and the read positions from the database. */
export async function freshView(chat: Chat, actor: { id: number; is_staff: boolean }, id: number): Promise<View> {
  const { participants, title } = await chat.conversations.get(actor, id)
  const view = new View(
    participants.map(user => user.id),
    title ?? '',
  )
  const { results } = await chat.messages.page(actor, id, { limit: 100 })
  for (const { id, seq, changed_seq, content, is_deleted, attachments } of results) {
    const files = attachments.map(attachment => attachment.id)
    view.messages.set(id, { seq, changed_seq, content, isDeleted: is_deleted, attachments: files })
  }
  const { conversations } = await chat.changes.snapshot([id])
  for (const { user_id, read_seq } of conversations.get(id)!.participants) view.reads.set(user_id, read_seq)
  return view
}
