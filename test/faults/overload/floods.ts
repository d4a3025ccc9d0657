// Floods over REST, where PostgreSQL is slow, and over sockets, where the process itself is.
import { type Cleanup, connect, privatePostgres, tcpProxy } from '@goftegu/testkit'
import { startDriver } from '../../replicas/driver.ts'
import { inReverse } from '../../replicas/in-reverse.ts'
import { type Installation, startInstallation } from '../../replicas/installation.ts'
import { addPeople, type Person } from '../../replicas/people.ts'
import { Rest } from '../../replicas/rest.ts'
import { runFlood } from './flood.ts'
import { hearAnswers } from './room.ts'
import type { Overload } from './scenario.ts'
import type { Send, Sends } from './sends.ts'

/** Each way; so PostgreSQL is what a process waits for, and one machine is enough to offer twenty times as much. */
const slowMs = 50
const floodMiB = 512

type Seat = { person: Person; conversationId: number }

/** An API whose PostgreSQL is 100 ms away is asked for 20 times what it can take. */
export async function floodOfRequests(t: Cleanup): Promise<Overload> {
  const life = inReverse(t)
  const postgres = await privatePostgres(life)
  const proxy = await tcpProxy(life, postgres.url)
  const through = { api: { databaseUrl: (url: string) => proxy.urlFor(url) } }
  const installation = await startInstallation(life, { postgres, through })
  const seats = await seat(life, installation, 100)
  proxy.delay(slowMs)
  const posts = seats.map(({ person, conversationId }) => {
    const rest = new Rest(installation.apiUrl, person.token)
    return (sends: Sends, key: string) =>
      void post(rest, conversationId, key, sends.begin({ userId: person.id, conversationId }, key))
  })
  return runFlood(life, {
    ...{ name: '20 times the load, over REST', installation, url: installation.apiUrl, send: inTurn(posts) },
    ...{ conversationIds: seats.map(({ conversationId }) => conversationId), inFlight: 20 },
    ...{ offerMs: 10_000, roomMiB: floodMiB },
  })
}

/** A gateway hears up to 20 times what it can take, from 200 sockets: as much as one generator can offer. */
export async function floodOfFrames(t: Cleanup): Promise<Overload> {
  const life = inReverse(t)
  const installation = await startInstallation(life)
  const seats = await seat(life, installation, 200)
  const { url } = installation.gateways[0]!
  const posts = await Promise.all(seats.map(each => openSender(life, url, each)))
  return runFlood(life, {
    ...{ name: '20 times the load, over sockets', installation, url, send: inTurn(posts) },
    ...{ conversationIds: seats.map(({ conversationId }) => conversationId), inFlight: 4_000 },
    ...{ offerMs: 1_500, roomMiB: floodMiB },
  })
}

type Post = (sends: Sends, key: string) => void

function inTurn(posts: Post[]): (sends: Sends) => void {
  let count = 0
  return sends => posts[count++ % posts.length]!(sends, `flood-${count}`)
}

/** Each alone in a conversation. */
async function seat(t: Cleanup, installation: Installation, count: number): Promise<Seat[]> {
  const people = await addPeople(
    installation.database,
    Array.from({ length: count }, (_, n) => `flood-${n}`),
  )
  const driver = await startDriver(t, installation)
  const found = async (person: Person) => {
    const group = { title: 'flooded', participant_ids: [person.id] }
    const { id } = await driver.conversations.createGroup({ id: person.id, is_staff: false }, group)
    return { person, conversationId: id }
  }
  return Promise.all(people.map(found))
}

async function post(rest: Rest, conversation_id: number, client_id: string, send: Send): Promise<void> {
  try {
    const { status, body } = await rest.call('POST', '/api/messages/', {
      conversation_id,
      client_id,
      content: 'a send',
    })
    const { seq, code } = body as { seq: number; code: string }
    if (status === 201) send.ok(seq)
    else send.refused(code ?? `${status} without a code`)
  } catch (error) {
    send.refused(error instanceof Error ? error.name : 'broken')
  }
}

async function openSender(t: Cleanup, url: string, { person, conversationId }: Seat): Promise<Post> {
  const headers = { authorization: `Bearer ${person.token}` }
  const socket = await connect(`${url}/ws/chat/${conversationId}/`, { headers, ms: 30_000 })
  t.after(() => socket.terminate())
  const waiting = new Map<string, Send>()
  hearAnswers(socket, answer => {
    const send = waiting.get(answer.client_id ?? '')
    waiting.delete(answer.client_id ?? '')
    if (answer.type === 'accepted') send?.ok(answer.seq)
    else send?.refused(answer.code)
  })
  void socket.closed.then(({ code }) => {
    for (const send of waiting.values()) send.refused(`closed with ${code}`)
    waiting.clear()
  })
  return (sends, client_id) => {
    waiting.set(client_id, sends.begin({ userId: person.id, conversationId }, client_id))
    socket.send({ type: 'chat_message', client_id, content: 'a send' })
  }
}
