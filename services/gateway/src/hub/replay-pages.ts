// Pages of a replay from the database: those of many sockets in one query.
import type { Chat } from '@goftegu/chat'
import type { Change } from '@goftegu/protocol'
import { currentEvent } from '../room/event.ts'
import type { Page, PageRequest, ReplaySource } from '../room/replay.ts'
import { SharedQuery } from '../shared-query.ts'

type Options = {
  changes: Pick<Chat['changes'], 'replay'>
  concurrency: number
  paceMs: number
  onError: (error: unknown) => void
}

/** Most changes in one query: four whole pages. */
const mostChanges = 2_000

/** Answers null, and tells `onError`, where the database cannot be asked or does not hold what was asked for. */
export class ReplayPages implements ReplaySource {
  readonly #options: Options
  readonly #query: SharedQuery<PageRequest, Page | null>

  constructor(options: Options) {
    this.#options = options
    this.#query = new SharedQuery({
      ...options,
      run: requests => this.#read(requests),
      costOf: ({ since, until }) => until - since,
      mostCost: mostChanges,
    })
  }

  async page(request: PageRequest): Promise<Page | null> {
    try {
      return await this.#query.ask(request)
    } catch (error) {
      this.#options.onError(error)
      return null
    }
  }

  /** Sockets of one room that lack the same are read for once, and share the frames. */
  async #read(requests: readonly PageRequest[]): Promise<(Page | null)[]> {
    const distinct = [...new Map(requests.map(request => [keyOf(request), request])).values()]
    const found = await this.#options.changes.replay(distinct.map(rangeOf))
    const pages = new Map(distinct.map((request, i) => [keyOf(request), this.#pageOf(request, found[i]!)]))
    return requests.map(request => pages.get(keyOf(request))!)
  }

  #pageOf({ epoch, since, until, visibleFrom }: PageRequest, changes: Change[]): Page | null {
    const expected = until - Math.max(since, visibleFrom - 1)
    if (changes.length === expected && changes.every(change => change.epoch === epoch)) return changes.map(currentEvent)
    this.#options.onError(new Error(`a replay of ${expected} changes is not whole: ${changes.length} were found`))
    return null
  }
}

function rangeOf({ conversationId, since, until, visibleFrom }: PageRequest) {
  return { conversation_id: conversationId, since, until, visible_from: visibleFrom }
}

function keyOf({ conversationId, epoch, since, until, visibleFrom }: PageRequest): string {
  return `${conversationId} ${epoch} ${since} ${until} ${visibleFrom}`
}
