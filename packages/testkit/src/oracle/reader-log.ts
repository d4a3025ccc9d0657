// What one reader was handed, and the view of the conversation that follows from it.

export type HeldMessage = { seq: number; changed_seq: number; content: string; is_deleted: boolean }

/** An event as handed to the application: of a socket, parsed. */
export type HandedEvent = { type: string } & Record<string, unknown>

/** Between two reloads: where the reader began to listen, and the numbers that it heard, in the order of arrival. */
export type Stretch = {
  after: number
  /** The history that the numbers belong to. */
  epoch?: unknown
  heard: Heard[]
}

/** `atMs` is on the clock of `performance.now()`. */
type Heard = { seq: number; type: string; atMs: number; message?: HeardMessage; userId?: number }

/** What the event said of a message; `isShown` where it came with a text or a file. */
type HeardMessage = { id: number; key?: string; senderId?: number; isShown: boolean }

/** One user's application in one conversation, through all its connections. */
export class ReaderLog {
  readonly userId: number
  readonly conversationId: number
  readonly isStaff: boolean
  /** The first begins with `ready`, each further one with `resync`. */
  readonly stretches: Stretch[] = []
  /** By message id: what a person would see. */
  readonly view = new Map<number, HeldMessage>()
  /** It stopped listening before the end, so what came later is not missed. */
  hasLeft = false
  /** How many stretches had begun when it loaded messages last. */
  #stretchesAtLoad: number | undefined

  constructor(userId: number, conversationId: number, isStaff: boolean) {
    this.userId = userId
    this.conversationId = conversationId
    this.isStaff = isStaff
  }

  /** Takes every event of every connection, in order; those without a number, and answers to frames, count nothing. */
  event(event: HandedEvent): void {
    const seq = event.seq
    if (typeof seq !== 'number' || event.type === 'accepted') return
    // A later `ready` only tells where the server resumes; that this is where we stood is for the judge to see.
    const begins = event.type === 'resync' || (event.type === 'ready' && this.stretches.length === 0)
    if (begins) this.stretches.push({ after: seq, epoch: event.epoch, heard: [] })
    if (event.type === 'resync' || event.type === 'ready') return
    const message = isRecord(event.message) ? event.message : undefined
    const id = message?.id ?? event.message_id
    const about = typeof id === 'number' ? heardMessage(id, event, message) : undefined
    const userId = idOf(event.user) ?? (typeof event.user_id === 'number' ? event.user_id : undefined)
    this.#stretch().heard.push({ seq, type: event.type, atMs: performance.now(), message: about, userId })
    if (typeof id === 'number') this.#see(id, seq, event, message)
  }

  /** The application loaded messages by REST, as after a `resync`. What it shows is now this. */
  fetched(messages: Iterable<HeldMessage & { id: number }>): void {
    this.#stretchesAtLoad = this.stretches.length
    this.view.clear()
    for (const { id, ...message } of messages) this.view.set(id, message)
  }

  /** Whether what it shows began with what REST answered, for the stretch that is its last: before it, or in it. */
  get isLoaded(): boolean {
    const isOfFirst = this.#stretchesAtLoad === 0 && this.stretches.length === 1
    return isOfFirst || (this.stretches.length > 0 && this.#stretchesAtLoad === this.stretches.length)
  }

  /** The application stops listening. */
  left(): void {
    this.hasLeft = true
  }

  #stretch(): Stretch {
    const last = this.stretches.at(-1) ?? { after: 0, heard: [] }
    if (this.stretches.length === 0) this.stretches.push(last)
    return last
  }

  /** As a client does it: what is older than what it has is ignored, what is equal is applied. */
  #see(id: number, seq: number, event: HandedEvent, message: Record<string, unknown> | undefined): void {
    const held = this.view.get(id)
    const changed_seq = typeof event.changed_seq === 'number' ? event.changed_seq : seq
    if (held && changed_seq < held.changed_seq) return
    const content = String(message?.content ?? '')
    if (event.type === 'new_message') this.view.set(id, { seq, changed_seq, content, is_deleted: false })
    if (!held) return
    if (event.type === 'message_edited') this.view.set(id, { ...held, changed_seq, content })
    if (event.type === 'message_deleted') this.view.set(id, { ...held, changed_seq, content: '', is_deleted: true })
  }
}

/** Its `key` is the sender's id and its `client_id`: what may be stored and handed over once. */
function heardMessage(id: number, event: HandedEvent, message: Record<string, unknown> | undefined): HeardMessage {
  const senderId = idOf(message?.sender)
  const hasKey = typeof event.client_id === 'string' && senderId !== undefined
  const isShown = (message?.content ?? '') !== '' || (event.attachment ?? null) !== null
  return { id, senderId, isShown, ...(hasKey && { key: `${senderId} ${event.client_id}` }) }
}

function idOf(value: unknown): number | undefined {
  return isRecord(value) && typeof value.id === 'number' ? value.id : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
