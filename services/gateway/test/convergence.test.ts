// Live view = replayed view = fresh fetch, over generated histories on two gateways and a bad bus.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { eventually, type SocketClient } from '@goftegu/testkit'
import fc from 'fast-check'
import { badBus } from './bad-bus.ts'
import { freshView, View } from './view.ts'
import { createWorld, type Person, person, type Replica } from './world.ts'

const step = fc.record({
  what: fc.constantFrom(
    'create',
    'create',
    'create',
    'edit',
    'edit',
    'delete',
    'attach',
    'read',
    'rename',
    'leave_or_join',
    'disconnect',
    'disconnect',
  ),
  who: fc.nat({ max: 2 }),
  which: fc.nat({ max: 100 }),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Whether who joins sees what was before. */
const histories = fc.constantFrom('all' as const, 'joined' as const)
type Visibility = typeof histories extends fc.Arbitrary<infer V> ? V : never

const runs = 12
const longest = 40
/** For all runs together, which take some 20 seconds; and for one thing to be heard. */
const limitMs = 300_000
const patienceMs = 20_000

suite('every view of a conversation', () => {
  test('is the same: heard live, replayed, and fetched', async t => {
    const world = await createWorld(t)
    const weather = { lose: 0.2, repeat: 0.2, delay: 0.2, delayMs: 30 }
    const limits = { compareIntervalMs: 150, readsIntervalMs: 150, recentPerRoom: 8, replayPage: 5 }
    const options = { limits, broker: (broker: Parameters<typeof badBus>[0]) => badBus(broker, weather) }
    const replicas = [await world.replica(options), await world.replica(options)]
    const people = [
      await person(replicas[0]!, 'ann'),
      await person(replicas[0]!, 'bob'),
      await person(replicas[0]!, 'cleo'),
    ]
    const property = fc.asyncProperty(
      histories,
      fc.array(step, { minLength: 5, maxLength: longest, size: 'max' }),
      async (visibility, steps) => {
        const history = await History.begin(replicas, people, visibility)
        try {
          for (const step of steps) await history.take(step)
          await history.compare()
        } finally {
          history.end()
        }
      },
    )
    const deadline = { interruptAfterTimeLimit: limitMs, markInterruptAsFailure: true }
    await fc.assert(property, { numRuns: runs, ...deadline, endOnFailure: true })
  })
})

/** What a client fetches of a conversation before it hears of changes. */
type Beginning = { participants: number[]; title: string }

/** Somebody's window on the conversation: a socket at most, and what was heard over all of them since `beginning`. */
type Window = { person: Person; beginning: Beginning; view: View; socket: SocketClient | null; error: unknown }

const viewFrom = ({ participants, title }: Beginning) => new View(participants, title)

class History {
  readonly #replicas: Replica[]
  readonly #id: number
  readonly #epoch: string
  readonly #visibility: Visibility
  readonly #windows: Window[]
  readonly #messages: { id: number; sender: Person }[] = []
  #connections = 0

  private constructor(
    replicas: Replica[],
    people: Person[],
    { id, epoch, visibility }: { id: number; epoch: string; visibility: Visibility },
  ) {
    this.#replicas = replicas
    this.#id = id
    this.#epoch = epoch
    this.#visibility = visibility
    const beginning = { participants: people.map(({ user }) => user.id), title: 'start' }
    this.#windows = people.map(person => ({
      ...{ person, beginning, view: viewFrom(beginning), socket: null, error: null },
    }))
  }

  static async begin(replicas: Replica[], people: Person[], visibility: Visibility): Promise<History> {
    const participant_ids = people.map(({ user }) => user.id)
    const options = { title: 'start', participant_ids, history: visibility }
    const group = await replicas[0]!.chat.conversations.createGroup(people[0]!.actor, options)
    const history = new History(replicas, people, { ...group, visibility })
    for (const window of history.#windows) await history.#connect(window)
    return history
  }

  async take({ what, who, which }: Step): Promise<void> {
    const window = this.#windows[who]!
    const { actor } = window.person
    const isInside = await this.#isInside(window.person)
    const { chat } = this.#replicas[which % 2]!
    const message = this.#messages[which % Math.max(1, this.#messages.length)]
    if (what === 'leave_or_join') return this.#leaveOrJoin(which)
    if (!isInside) return
    if (what === 'create') {
      const stored = await chat.messages.post(actor, { conversation_id: this.#id, content: `text ${which}` })
      this.#messages.push({ id: stored.message_id, sender: window.person })
    }
    if (what === 'rename')
      await chat.conversations.rename(this.#windows[0]!.person.actor, {
        conversation_id: this.#id,
        title: `title ${which}`,
      })
    if (what === 'read') await chat.reads.mark(actor, { conversation_id: this.#id, seq: which })
    if (what === 'disconnect') await this.#reconnect(window)
    if (message && (await this.#isInside(message.sender))) await this.#change(chat, what, message, which)
  }

  async compare(): Promise<void> {
    const readers = this.#windows.slice(0, 2).map(({ person }) => person.user.id)
    const { chat } = this.#replicas[0]!
    for (const window of this.#windows) {
      if (!(await this.#isInside(window.person))) continue
      if (window.socket?.socket.readyState !== 1) await this.#connect(window)
      const { last_seq } = await chat.conversations.get(window.person.actor, this.#id)
      await eventually(() => window.view.position === last_seq || window.error, {
        ms: patienceMs,
        what: `position ${last_seq}`,
      })
      assert.equal(window.error, null)
      const fresh = (await freshView(chat, window.person.actor, this.#id)).shown(readers)
      await eventually(() => isSame(window.view.shown(readers), fresh), { ms: patienceMs }).catch(() => {})
      assert.deepEqual(window.view.shown(readers), fresh, 'live')
      for (const replica of this.#replicas) {
        assert.deepEqual((await this.#replayed(replica, window, last_seq)).shown(readers), fresh, 'replayed')
      }
    }
  }

  end(): void {
    for (const { socket } of this.#windows) socket?.terminate()
  }

  async #change(
    chat: Replica['chat'],
    what: Step['what'],
    { id: message_id, sender }: { id: number; sender: Person },
    which: number,
  ) {
    const file = { blob_key: crypto.randomUUID(), file_name: 'a.png', media_type: 'image/png', byte_size: 1 }
    // Who came back to a group that shows no earlier history sees not even their own.
    const stored = await chat.messages.get(sender.actor, message_id).catch((error: { code: string }) => error)
    if ('code' in stored) return assert.equal(stored.code, 'message_not_found')
    if (stored.is_deleted) return
    if (what === 'edit') await chat.messages.edit(sender.actor, { message_id, content: `edit ${which}` })
    if (what === 'delete') await chat.messages.remove(sender.actor, { message_id })
    if (what === 'attach') await chat.attachments.add(sender.actor, { conversation_id: this.#id, message_id, ...file })
  }

  /**
   * The third one leaves and comes back, and resumes where they were; to a group that shows no earlier history they come
   * as if for the first time.
   */
  async #leaveOrJoin(which: number): Promise<void> {
    const window = this.#windows[2]!
    const owner = this.#windows[0]!.person
    const place = { conversation_id: this.#id, user_id: window.person.user.id }
    const { conversations } = this.#replicas[which % 2]!.chat
    if (await this.#isInside(window.person)) {
      await conversations.removeParticipant(owner.actor, place)
      if (window.socket) assert.equal((await window.socket.closed).code, 4403)
      window.socket = null
    } else {
      await conversations.addParticipant(owner.actor, place)
      if (this.#visibility === 'joined') await this.#beginAnew(window)
      await this.#connect(window)
    }
  }

  async #beginAnew(window: Window): Promise<void> {
    const { participants, title } = await this.#replicas[0]!.chat.conversations.get(window.person.actor, this.#id)
    window.beginning = { participants: participants.map(({ id }) => id), title: title ?? '' }
    window.view = viewFrom(window.beginning)
  }

  async #isInside({ user }: Person): Promise<boolean> {
    const { conversations } = await this.#replicas[0]!.chat.changes.snapshot([this.#id])
    return conversations.get(this.#id)!.participants.some(({ user_id }) => user_id === user.id)
  }

  async #reconnect(window: Window): Promise<void> {
    window.socket?.terminate()
    await window.socket?.closed
    await this.#connect(window)
  }

  async #connect(window: Window): Promise<void> {
    const replica = this.#replicas[this.#connections++ % 2]!
    const socket = await replica.open(window.person, this.#id, `?since=${window.view.position}&epoch=${this.#epoch}`)
    window.socket = socket
    const apply = (event: Parameters<View['apply']>[0]) => {
      try {
        window.view.apply(event)
      } catch (error) {
        window.error ??= error
      }
    }
    for (const event of socket.takeUnread()) apply(event)
    socket.onEvent(apply)
  }

  async #replayed(replica: Replica, { person, beginning }: Window, last_seq: number): Promise<View> {
    const view = viewFrom(beginning)
    const socket = await replica.open(person, this.#id, `?since=0&epoch=${this.#epoch}`)
    for (const event of socket.takeUnread()) view.apply(event)
    socket.onEvent(event => view.apply(event))
    await eventually(() => view.position === last_seq, { ms: patienceMs, what: `a replay to ${last_seq}` })
    socket.terminate()
    return view
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
