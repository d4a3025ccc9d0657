// Conversations full of people: readers at every entrance, writers on sockets and at the API.
import type { Chat } from '@goftegu/chat'
import { createOracle, type Oracle, within } from '@goftegu/testkit'
import { ChatClient } from './chat-client.ts'
import type { Deployment } from './deployment.ts'
import { pace } from './pace.ts'
import { addPeople, type Person } from './people.ts'
import { randomOf } from './random.ts'
import { Rest } from './rest.ts'
import { RestWriter } from './rest-writer.ts'
import { SocketWriter } from './socket-writer.ts'

export type Paces = { socket: number; rest: number; guest: number }

export type CrowdOptions = {
  deployment: Deployment
  driver: Chat
  seed: number
  conversations: number
  /** How often each writer writes, in a second; `usualPace` if not given. */
  paces?: Paces
  /** Their clients come back without `since`. */
  isForgetful?: boolean
  /** How long everybody may take to have every answer and every event; `patienceMs` if not given. */
  settleMs?: number
}

/** For all that takes longer on a busy machine; a client's own heartbeat alone takes 35 s to find a dead socket
 * (protocol, 6.5). */
const patienceMs = 100_000

/** In each conversation: two write on their sockets, one at the API, one only listens. All of them listen. */
const members = 4
const usualPace: Paces = { socket: 10, rest: 3, guest: 2 }
/** Under the limits that a deployment has for one person by default, and light enough for hours. */
export const modestPace: Paces = { socket: 3, rest: 2, guest: 1 }

/** `isIn` resolves when their first socket is open, or they may not come any more. */
export type Guest = { person: Person; client: ChatClient; isIn: Promise<void> }

export class Crowd {
  readonly oracle: Oracle = createOracle()
  readonly clients: ChatClient[] = []
  /** Those of them who are there from the beginning to the end. */
  readonly members: ChatClient[] = []
  readonly socketWriters: SocketWriter[] = []
  readonly restWriters: RestWriter[] = []
  /** They may be removed in the middle of a send, so what is refused to them is their own affair. */
  readonly guestWriters: SocketWriter[] = []
  readonly conversations: { id: number; owner: Person }[] = []
  readonly patienceMs = patienceMs
  readonly #options: CrowdOptions
  #quiet = new AbortController()

  private constructor(options: CrowdOptions) {
    this.#options = options
  }

  /** Makes the conversations, of which every second shows its history to those who come later, and opens all sockets. */
  static async gather(options: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd(options)
    const { deployment, seed, conversations } = options
    const names = Array.from({ length: conversations * members }, (_, n) => `member-${seed}-${n}`)
    const people = await addPeople(deployment.database, names)
    for (let n = 0; n < conversations; n++) {
      await crowd.#found(people.slice(n * members, (n + 1) * members), n % 2 === 0 ? 'all' : 'joined')
    }
    const allIn = Promise.all(crowd.clients.map(client => client.start()))
    try {
      await within(allIn, crowd.patienceMs, 'everybody to come in')
    } catch (error) {
      await Promise.all(crowd.clients.map(client => client.stop()))
      throw error
    }
    const refused = crowd.clients.flatMap(({ refusal }) => refusal ?? [])
    if (refused.length > 0) throw new Error(`nobody would judge those who are not let in: ${refused.join('\n')}`)
    return crowd
  }

  /** Shorter than `patienceMs` where it is known that somebody will wait in vain. */
  get settleMs(): number {
    return this.#options.settleMs ?? patienceMs
  }

  get #paces(): Paces {
    return this.#options.paces ?? usualPace
  }

  /** Everybody who can still hear. */
  get present(): ChatClient[] {
    return this.clients.filter(client => !client.isOut)
  }

  /** Writers begin, or go on after `hush`; guests do not go on. */
  begin(): void {
    if (this.isHushed) this.#quiet = new AbortController()
    for (const writer of this.socketWriters) pace(this.#paces.socket, this.#quiet.signal, () => writer.write())
    for (const writer of this.restWriters) pace(this.#paces.rest, this.#quiet.signal, () => writer.write())
  }

  get isHushed(): boolean {
    return this.#quiet.signal.aborted
  }

  /** No new sends; those under way get their answers. */
  hush(): void {
    this.#quiet.abort()
  }

  /** Adds somebody who was not there; who listens, and writes a little, as soon as they are in. */
  async invite(conversation: { id: number; owner: Person }, name: string): Promise<Guest> {
    const { deployment, driver } = this.#options
    const [person] = await addPeople(deployment.database, [name])
    await driver.conversations.addParticipant(actorOf(conversation.owner), {
      conversation_id: conversation.id,
      user_id: person!.id,
    })
    const { client, writer } = this.#seat(person!, conversation.id, this.clients.length)
    this.guestWriters.push(writer)
    const isIn = client.start().then(() => pace(this.#paces.guest, this.#quiet.signal, () => writer.write()))
    return { person: person!, client, isIn }
  }

  async #found(people: Person[], history: 'all' | 'joined'): Promise<void> {
    const { deployment, driver, seed } = this.#options
    const [owner] = people
    const participant_ids = people.map(({ id }) => id)
    const group = { title: 'a group', participant_ids, history }
    const { id } = await driver.conversations.createGroup(actorOf(owner!), group)
    this.conversations.push({ id, owner: owner! })
    for (const [n, person] of people.entries()) {
      const { client, writer } = this.#seat(person, id, n)
      this.members.push(client)
      if (n < 2) this.socketWriters.push(writer)
    }
    const { id: userId, token } = people[2]!
    const log = this.oracle.writer({ userId, conversationId: id })
    const name = `rest-${userId}`
    this.restWriters.push(new RestWriter(new Rest(deployment.apiUrl, token), log, name, randomOf(seed, name)))
  }

  #seat({ id: userId, token }: Person, conversationId: number, place: number) {
    const { deployment, seed, isForgetful } = this.#options
    const { apiUrl, entrances } = deployment
    const home = place % entrances.length
    const name = `socket-${userId}`
    const random = randomOf(seed, name)
    const log = this.oracle.reader({ userId, conversationId })
    const at = { entrances, home, conversationId, token, rest: new Rest(apiUrl, token) }
    const client = new ChatClient({ ...at, log, random, isForgetful })
    const writer = new SocketWriter(client, this.oracle.writer({ userId, conversationId }), name, random)
    this.clients.push(client)
    return { client, writer }
  }
}

export function actorOf({ id }: Person) {
  return { id, is_staff: false }
}
