// What one writer did: every send, in order, and how it ended as far as the writer knows.

/** `unknown`: a timeout, a 5xx, a cut, an `error` with `outcome_unknown`, or nothing at all. */
export type Outcome = 'ok' | 'fail' | 'unknown'

/** One try to send one message. Until told otherwise its outcome is unknown. */
export class Attempt {
  readonly clientId: string
  /** The text, where the writer said it. */
  readonly content: string | undefined
  outcome: Outcome = 'unknown'
  /** As the server said with its ok. */
  seq: number | undefined
  /** On the clock of `performance.now()`, as `answeredMs` is. */
  readonly sentMs = performance.now()
  /** When the ok came. */
  answeredMs: number | undefined

  constructor(clientId: string, content?: string) {
    this.clientId = clientId
    this.content = content
  }

  /** Stored, said the server (`accepted`, 201, 200), under this number. */
  ok(seq: number): void {
    this.outcome = 'ok'
    this.seq = seq
    this.answeredMs = performance.now()
  }

  /** Definitely refused, said the server. */
  fail(): void {
    this.outcome = 'fail'
  }

  /** Nobody knows. */
  unknown(): void {
    this.outcome = 'unknown'
  }
}

/**
 * One ordered stream of sends: a socket, or requests that wait for each other. Sends side by side need a log each,
 * because nobody promises their order.
 */
export class WriterLog {
  readonly senderId: number
  readonly conversationId: number
  readonly attempts: Attempt[] = []

  constructor(senderId: number, conversationId: number) {
    this.senderId = senderId
    this.conversationId = conversationId
  }

  /** Called before sending; a repeat of an unknown send is another attempt with the same `client_id`. */
  attempt(clientId: string, content?: string): Attempt {
    const attempt = new Attempt(clientId, content)
    this.attempts.push(attempt)
    return attempt
  }

  /** What was acknowledged: when it was first sent, and when its ok came. */
  acknowledgements(): { sentMs: number; answeredMs: number }[] {
    const first = new Map<string, number>()
    for (const { clientId, sentMs } of this.attempts) if (!first.has(clientId)) first.set(clientId, sentMs)
    return this.attempts.flatMap(({ clientId, answeredMs }) =>
      answeredMs === undefined ? [] : [{ sentMs: first.get(clientId)!, answeredMs }],
    )
  }
}
