// What a client shows: loaded by REST, kept current by events, as clauses 5.3 and 7.5 of the protocol say.
import type { Conversation, Message } from '@goftegu/protocol'
import type { Heard } from '@goftegu/testkit'

type Shown = Pick<Message, 'id' | 'seq' | 'changed_seq' | 'content' | 'is_edited' | 'is_deleted' | 'attachments'>

export class View {
  readonly #messages = new Map<number, Shown>()
  #participants = new Set<number>()
  #title: string | null = null

  /** Begins anew with what REST answered. */
  load({ title, participants }: Conversation, messages: readonly Message[]): void {
    this.#title = title
    this.#participants = new Set(participants.map(({ id }) => id))
    this.#messages.clear()
    for (const { id, seq, changed_seq, content, is_edited, is_deleted, attachments } of messages) {
      this.#messages.set(id, { id, seq, changed_seq, content, is_edited, is_deleted, attachments })
    }
  }

  apply(event: Heard): void {
    switch (event.type) {
      case 'new_message':
        this.#add(event)
        break
      case 'message_edited':
        this.#change(event.message.id, event, () => ({ content: event.message.content, is_edited: true }))
        break
      case 'message_deleted':
        this.#change(event.message_id, event, () => ({ content: '', is_deleted: true, attachments: [] }))
        break
      case 'attachment_added':
        this.#change(event.message_id, event, held => ({ attachments: withAttachment(held, event) }))
        break
      case 'participant_added':
        this.#participants.add(event.user.id)
        break
      case 'participant_removed':
        this.#participants.delete(event.user_id)
        break
      case 'conversation_renamed':
        this.#title = event.title
    }
  }

  /** Everything shown, in an order that does not depend on how it came. */
  shown() {
    const messages = [...this.#messages.values()].sort((a, b) => a.seq - b.seq)
    return { title: this.#title, participants: [...this.#participants].sort((a, b) => a - b), messages }
  }

  #add({ seq, changed_seq, message: { id, content } }: Heard<'new_message'>): void {
    const fresh = { id, seq, changed_seq, content, is_edited: false, is_deleted: false, attachments: [] }
    if (this.#messages.has(id)) this.#change(id, { changed_seq }, () => ({ content }))
    else this.#messages.set(id, fresh)
  }

  /** What is older than what one has is ignored, what is equal is applied. */
  #change(id: number, { changed_seq }: { changed_seq: number }, changed: (held: Shown) => Partial<Shown>): void {
    const held = this.#messages.get(id)
    if (held && changed_seq >= held.changed_seq) this.#messages.set(id, { ...held, changed_seq, ...changed(held) })
  }
}

function withAttachment({ attachments }: Shown, { attachment }: Heard<'attachment_added'>): Shown['attachments'] {
  if (!attachment || attachments.some(({ id }) => id === attachment.id)) return attachments
  return [...attachments, attachment]
}
