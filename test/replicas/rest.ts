// A person at the API.
import type { Conversation, Message } from '@goftegu/protocol'

export type Answer = { status: number; body: unknown }

/** No answer for so long is none. */
const answerWithinMs = 15_000

export class RestRefused extends Error {
  override name = 'RestRefused'
  readonly status: number
  readonly body: string

  constructor(path: string, status: number, body: string) {
    super(`GET ${path} answered ${status}: ${body}`)
    this.status = status
    this.body = body
  }
}

export class Rest {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** Calls with a JSON body, or a form. @throws TypeError or a TimeoutError when there is no answer */
  async call(method: string, path: string, body?: object): Promise<Answer> {
    const isForm = body instanceof FormData
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body && !isForm && { 'content-type': 'application/json' }),
      },
      body: isForm ? body : body && JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  /** @throws RestRefused unless it answers 200 */
  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.call('GET', path)
    if (status !== 200) throw new RestRefused(path, status, JSON.stringify(body))
    return body as T
  }

  conversation(id: number): Promise<Conversation> {
    return this.get(`/api/conversations/${id}/`)
  }

  /** The whole history that this person sees, page by page. */
  async messages(conversationId: number): Promise<Message[]> {
    const messages: Message[] = []
    let next: string | null = `${this.#url}/api/conversations/${conversationId}/messages/?limit=100`
    while (next) {
      const { pathname, search }: URL = new URL(next)
      const page: { results: Message[]; next: string | null } = await this.get(pathname + search)
      messages.push(...page.results)
      next = page.next
    }
    return messages
  }
}
