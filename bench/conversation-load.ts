// Publishers and readers in many conversations, and what they counted.
import { setTimeout as pause } from 'node:timers/promises'
import { FrameSocket } from './frame-socket.ts'

export type LoadPlan = {
  port: number
  /** For each conversation its id and its members' session cookies; the first member publishes. */
  conversations: { id: number; cookies: string[] }[]
  /** Messages that a publisher has in flight. */
  window: number
  warmUpSeconds: number
  seconds: number
}

export type LoadResult = {
  messagesPerSecond: number
  deliveriesPerSecond: number
  sent: number
  /** Messages that a reader of the conversation never got, got twice, or got out of order; summed over readers. */
  lost: number
  duplicated: number
  reordered: number
  /** From the publisher's send to its own `new_message`, milliseconds. */
  latencyMs: { p50: number; p99: number }
}

const newMessage = Buffer.from('{"type":"new_message"')
const marker = Buffer.from('"content":"m')

/** Opens every socket, lets each publisher keep `window` messages in flight, and counts what every reader hears. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const rooms = plan.conversations.map(() => new RoomCount())
  const sockets: FrameSocket[] = []
  const publishers: FrameSocket[] = []
  for (const [index, conversation] of plan.conversations.entries()) {
    const room = rooms[index]!
    const opened = conversation.cookies.map((cookie, member) =>
      FrameSocket.open(plan.port, `/ws/chat/${conversation.id}/`, cookie, (text, socket) => {
        room.hear(text, member, socket)
      }),
    )
    const members = await Promise.all(opened)
    sockets.push(...members)
    publishers.push(members[0]!)
  }
  for (const [index, room] of rooms.entries()) room.start(publishers[index]!, plan.window)
  await pause(plan.warmUpSeconds * 1000)
  const before = total(rooms)
  const startedAt = performance.now()
  for (const room of rooms) room.latencies.length = 0
  await pause(plan.seconds * 1000)
  const elapsed = (performance.now() - startedAt) / 1000
  const after = total(rooms)
  for (const room of rooms) room.stop()
  await settled(rooms)
  const result = summarise(rooms, plan)
  for (const socket of sockets) socket.close()
  return {
    ...result,
    messagesPerSecond: (after.echoed - before.echoed) / elapsed,
    deliveriesPerSecond: (after.heard - before.heard) / elapsed,
  }
}

/** One conversation: what its publisher sent and what each member heard. */
class RoomCount {
  sent = 0
  echoed = 0
  heard = 0
  duplicated = 0
  reordered = 0
  readonly latencies: number[] = []
  readonly #last: number[] = []
  readonly #gaps: number[] = []
  readonly #sentAt: number[] = []
  #running = false

  start(publisher: FrameSocket, window: number): void {
    this.#running = true
    for (let i = 0; i < window; i++) this.#send(publisher)
  }

  stop(): void {
    this.#running = false
  }

  hear(text: Buffer, member: number, socket: FrameSocket): void {
    if (!text.subarray(0, newMessage.length).equals(newMessage)) return
    const at = text.indexOf(marker) + marker.length
    const number = Number.parseInt(text.toString('latin1', at, at + 12), 10)
    const last = this.#last[member] ?? 0
    this.heard++
    if (number === last) this.duplicated++
    else if (number < last) this.reordered++
    else {
      this.#gaps[member] = (this.#gaps[member] ?? 0) + number - last - 1
      this.#last[member] = number
    }
    if (member === 0) this.#echo(number, socket)
  }

  /** Messages that members missed so far, among those that were sent. */
  missed(members: number): number {
    let missed = 0
    for (let member = 0; member < members; member++) {
      missed += (this.#gaps[member] ?? 0) + this.sent - (this.#last[member] ?? 0)
    }
    return missed
  }

  #echo(number: number, socket: FrameSocket): void {
    this.echoed++
    this.latencies.push(performance.now() - this.#sentAt[number]!)
    if (this.#running) this.#send(socket)
  }

  #send(publisher: FrameSocket): void {
    const number = ++this.sent
    this.#sentAt[number] = performance.now()
    publisher.send(`{"type":"chat_message","content":"m${number} ${'x'.repeat(40)}"}`)
  }
}

function total(rooms: RoomCount[]): { echoed: number; heard: number } {
  return rooms.reduce((sum, room) => ({ echoed: sum.echoed + room.echoed, heard: sum.heard + room.heard }), {
    echoed: 0,
    heard: 0,
  })
}

/** Waits until every publisher heard its last message, for 10 s at most. */
async function settled(rooms: RoomCount[]): Promise<void> {
  const deadline = performance.now() + 10_000
  while (performance.now() < deadline && rooms.some(room => room.echoed < room.sent)) await pause(50)
  await pause(200)
}

function summarise(rooms: RoomCount[], plan: LoadPlan) {
  const latencies = rooms.flatMap(room => room.latencies).sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  const sum = (count: (room: RoomCount, index: number) => number) => rooms.map(count).reduce((a, b) => a + b, 0)
  return {
    sent: sum(room => room.sent),
    lost: sum((room, index) => room.missed(plan.conversations[index]!.cookies.length)),
    duplicated: sum(room => room.duplicated),
    reordered: sum(room => room.reordered),
    latencyMs: { p50: at(0.5), p99: at(0.99) },
  }
}
