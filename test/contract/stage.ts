// Where the contract is played: people, conversations and sockets of a deployment of which only the address is known.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type ServerEventType, type SocketFrameType, serverEvents, socketFrames } from '@goftegu/protocol'
import { type ConnectOptions, connect, type SocketClient } from '@goftegu/testkit'
import { Compile } from 'typebox/compile'
import { type Body, Caller } from './caller.ts'
import { fixedServerEvents } from './fixed-contract.ts'
import { faultsOfEvent } from './judge.ts'

export type Person = { id: number; username: string; token: string; cookie: string; rest: Caller }
/** A direct conversation that nobody else plays in, with one message of Ann's. */
export type Talk = { ann: Person; bob: Person; id: number; first: Body; path: string }

export const password = 'correct horse'
/** Every two of them have a conversation that no case has used: registering is limited for each address. */
const castSize = 24

const validators = new Map(
  Object.entries({ ...serverEvents, ...socketFrames }).map(([type, schema]) => [type, Compile(schema)]),
)

export class Stage {
  /** What clients know: scheme, host and port, without a slash at the end; absolute URLs in answers begin with it. */
  readonly url: string
  readonly anybody: Caller
  readonly #cast: Person[] = []
  readonly #pairs: [Person, Person][] = []
  #sockets: SocketClient[] = []

  private constructor(url: string) {
    this.url = url
    this.anybody = new Caller(url)
  }

  /** Registers the people. */
  static async set(url: string): Promise<Stage> {
    const stage = new Stage(url)
    for (let n = 0; n < castSize; n++) stage.#cast.push(await stage.person('cast'))
    for (const [n, ann] of stage.#cast.entries())
      for (const bob of stage.#cast.slice(n + 1)) stage.#pairs.push([ann, bob])
    return stage
  }

  /** Somebody new, who is logged in; `name` is made unique. */
  async person(name: string, more: object = {}): Promise<Person> {
    const username = `${name}-${randomBytes(5).toString('hex')}`
    const body = { username, password, token: true, ...more }
    const { status, headers, body: user, bytes } = await this.anybody.call('POST', '/api/auth/register/', body)
    assert.equal(status, 201, `registering: ${bytes}`)
    const { id, token } = user as { id: number; token: string }
    const cookie = headers.getSetCookie().find(cookie => cookie.startsWith('sessionid='))!
    return { id, username, token, cookie: cookie.split(';')[0]!, rest: new Caller(this.url, token) }
  }

  /** Two who have not written to each other. */
  pair(): [Person, Person] {
    const pair = this.#pairs.pop()
    assert.ok(pair, 'the cast is too small for so many cases')
    return pair
  }

  async talk(content = 'first'): Promise<Talk> {
    const [ann, bob] = this.pair()
    const first = await ann.rest.expect(201, 'Message', 'POST', '/api/messages/', { content, recipient_id: bob.id })
    return { ann, bob, id: first.conversation, first, path: `/api/conversations/${first.conversation}/` }
  }

  /** Opens a socket, by default as this person with a Bearer token; it is closed when the case ends. */
  async open({ token }: Person, id: number | string, query = '', options: ConnectOptions = {}): Promise<SocketClient> {
    const headers = { authorization: `Bearer ${token}` }
    return this.connect(`/ws/chat/${id}/${query}`, { headers, ...options })
  }

  async connect(path: string, options: ConnectOptions = {}): Promise<SocketClient> {
    const socket = await connect(this.url + path, { ms: 20_000, ...options })
    this.#sockets.push(socket)
    return socket
  }

  /** The same, with what comes first already read. */
  async listen(person: Person, id: number, query = '') {
    const socket = await this.open(person, id, query)
    return { socket, ready: await socket.next('ready', slow) }
  }

  /** Ends a case: closes its sockets, and judges every frame that they heard. */
  async clear(): Promise<void> {
    const sockets = this.#sockets
    this.#sockets = []
    for (const socket of sockets) socket.terminate()
    for (const frame of sockets.flatMap(({ frames }) => frames)) assertFrame(frame)
  }
}

/** Generous: a busy machine is no failure. */
export const slow = { ms: 20_000 }

/** It is one of the protocol's events, with no field too many or too few, and keeps the fixed ones. */
export function assertFrame(frame: string): void {
  const event = JSON.parse(frame) as { type: ServerEventType | SocketFrameType }
  const validator = validators.get(event.type)
  assert.ok(validator, `no such type on the wire: ${frame}`)
  assert.deepEqual([...validator.Errors(event)], [], frame)
  if (event.type in fixedServerEvents) assert.deepEqual(faultsOfEvent(event.type, event), [], frame)
}
