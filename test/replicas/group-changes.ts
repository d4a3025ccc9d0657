// Names and members of groups change while everything else happens.
import type { Chat } from '@goftegu/chat'
import { actorOf, type Crowd, type Guest } from './crowd.ts'
import { oneOf, type Random } from './random.ts'

type Group = Crowd['conversations'][number]
type Options = { crowd: Crowd; driver: Chat; seed: number; random: Random }

export class GroupChanges {
  /** How many were removed, as far as is known. */
  removals = 0
  readonly #options: Options
  readonly #guests: (Guest & { group: Group })[] = []
  #invited = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** A new name for a group each time; every second time somebody comes, or somebody who came goes. */
  async change(n: number): Promise<void> {
    const { crowd, random } = this.#options
    const group = oneOf(random, crowd.conversations)
    await this.rename(group, `the ${n}th name`)
    if (n % 4 === 0) await (await this.invite(group)).isIn
    if (n % 8 === 6) await this.removeOne()
  }

  async rename(group: Group, title: string): Promise<void> {
    await this.#options.driver.conversations.rename(actorOf(group.owner), { conversation_id: group.id, title })
  }

  /** Adds somebody to the group, or to any; resolves when they are a participant. */
  async invite(group = oneOf(this.#options.random, this.#options.crowd.conversations)): Promise<Guest> {
    const { crowd, seed } = this.#options
    const guest = await crowd.invite(group, `guest-${seed}-${++this.#invited}`)
    this.#guests.push({ ...guest, group })
    return guest
  }

  /** Somebody who came and is without a socket now: on the way back, or not in yet. */
  get isSomebodyAway(): boolean {
    return this.#guests.some(({ client }) => !client.isOpen)
  }

  /** Removes somebody who came: who is away, if there is one. False where nobody is left to be removed. */
  async removeOne(): Promise<boolean> {
    const away = this.#guests.filter(({ client }) => !client.isOpen)
    const guest = away.length > 0 ? oneOf(this.#options.random, away) : this.#guests[0]
    if (!guest) return false
    this.#guests.splice(this.#guests.indexOf(guest), 1)
    const removal = { conversation_id: guest.group.id, user_id: guest.person.id }
    await this.#options.driver.conversations.removeParticipant(actorOf(guest.group.owner), removal)
    this.removals += 1
    return true
  }
}
