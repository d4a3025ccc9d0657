// Names and members of groups change while everything else happens.
import type { Chat } from '@goftegu/chat'
import { actorOf, type Crowd } from './crowd.ts'
import type { Person } from './people.ts'
import { oneOf, type Random } from './random.ts'

type Group = Crowd['conversations'][number]
type Options = { crowd: Crowd; driver: Chat; seed: number; random: Random }

export class GroupChanges {
  readonly #options: Options
  readonly #guests: { person: Person; group: Group }[] = []

  constructor(options: Options) {
    this.#options = options
  }

  /** A new name for a group each time; every second time somebody comes, or somebody who came goes. */
  async change(n: number): Promise<void> {
    const { crowd, random } = this.#options
    const group = oneOf(random, crowd.conversations)
    await this.rename(group, `the ${n}th name`)
    if (n % 4 === 0) await this.#invite(group, n)
    if (n % 8 === 6) await this.#removeOne()
  }

  async rename(group: Group, title: string): Promise<void> {
    await this.#options.driver.conversations.rename(actorOf(group.owner), { conversation_id: group.id, title })
  }

  async #invite(group: Group, n: number): Promise<void> {
    const { crowd, seed } = this.#options
    this.#guests.push({ person: await crowd.invite(group, `guest-${seed}-${n}`), group })
  }

  async #removeOne(): Promise<void> {
    const guest = this.#guests.shift()
    if (!guest) return
    const removal = { conversation_id: guest.group.id, user_id: guest.person.id }
    await this.#options.driver.conversations.removeParticipant(actorOf(guest.group.owner), removal)
  }
}
