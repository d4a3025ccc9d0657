// One socket's life: what it hears, what it may, how it ends.
import type { Duplex } from 'node:stream'
import type { Actor } from '@goftegu/chat'
import { type EndCode, type SocketEnd, type SocketMetrics, socketEnds } from '@goftegu/metrics'
import { closeCodes, type EventUser, type SocketFrame } from '@goftegu/protocol'
import type { WebSocket } from 'ws'
import { pingFrame, pongFrame } from './frame.ts'
import type { GatewayLimits } from './limits.ts'
import { Liveness } from './liveness.ts'
import { goodbye } from './ordered-web-socket.ts'
import { socketFrame } from './room/frames.ts'
import type { Member } from './room/member.ts'
import type { Room } from './room/room.ts'
import type { Turn } from './turn.ts'
import { Exit } from './write.ts'

export type ConnectionOptions = {
  /** An OrderedWebSocket. */
  ws: WebSocket
  /** The upgrade request's socket. */
  socket: Duplex
  user: EventUser
  isStaff: boolean
  sessionId: number
  /** The conversation that client events are about where they do not name one. */
  conversationId: number
  turn: Turn
  limits: GatewayLimits
  metrics: SocketMetrics
}

/** A member of one or more rooms. It begins open, and ends once, with `onEnd`; frames come in through `intake.ts`. */
export class Connection implements Member {
  readonly user: EventUser
  readonly sessionId: number
  readonly conversationId: number
  readonly exit: Exit
  readonly rooms = new Set<Room>()
  /** Conversations whose others believe that this one is typing. */
  readonly typingIn = new Set<number>()
  isStaff: boolean
  readonly #ws: WebSocket
  readonly #liveness: Liveness
  readonly #metrics: SocketMetrics
  #endReason: SocketEnd = 'peer'
  #onEnd: () => void = () => {}
  #isEnded = false
  #isMuted = false

  constructor(options: ConnectionOptions) {
    const { ws, socket, user, isStaff, sessionId, conversationId, turn, limits, metrics } = options
    this.#ws = ws
    this.#metrics = metrics
    metrics.opened.inc()
    this.user = user
    this.isStaff = isStaff
    this.sessionId = sessionId
    this.conversationId = conversationId
    this.exit = new Exit({ socket, turn, limits, onSlow: () => this.close(closeCodes.slowReader) })
    this.#liveness = new Liveness({
      ...limits,
      ping: () => this.exit.send(pingFrame),
      isPaused: () => ws.isPaused,
      dead: () => this.#endBecause('dead', () => ws.terminate()),
    })
    ws.on(goodbye, () => this.#end())
    ws.on('close', () => this.#end())
    ws.on('pong', () => this.heard())
  }

  get actor(): Actor {
    return { id: this.user.id, is_staff: this.isStaff }
  }

  /** Whether events can still be told to it. */
  get isOpen(): boolean {
    return !this.#isEnded
  }

  /** Whether what it sends is still to be handled: while a drained gateway waits for its peer's close, it is. */
  get isHeard(): boolean {
    return !this.#isMuted
  }

  /** Calls `listener` once, when nothing more can be told to it; its rooms are still there. */
  onEnd(listener: () => void): void {
    this.#onEnd = listener
  }

  /** Tells this socket alone. */
  tell(frame: SocketFrame): void {
    this.exit.send(socketFrame(frame))
  }

  pong(payload: Buffer): void {
    this.exit.send(pongFrame(payload))
  }

  heard(): void {
    this.#liveness.heard()
  }

  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    if (this.#ws.isPaused) this.#ws.resume()
  }

  /** Writes what is queued, then the close frame. Only a gateway that stops goes on listening. */
  close(code: EndCode, reason?: string): void {
    if (code !== closeCodes.restarting && code !== closeCodes.goingAway) this.#isMuted = true
    this.#endBecause(socketEnds[code], () => this.#ws.close(code, reason))
    // A paused socket would never hear the peer's close frame.
    if (this.#isMuted) this.#ws.resume()
  }

  get isGone(): boolean {
    return this.#ws.readyState === this.#ws.CLOSED
  }

  /** Resolves when the socket is closed on both sides, or cut. */
  async whenGone(): Promise<void> {
    if (!this.isGone) await new Promise<void>(resolve => this.#ws.once('close', () => resolve()))
  }

  /** Ends without a closing handshake. */
  terminate(): void {
    this.#ws.terminate()
  }

  removedFrom(_conversationId: number): void {
    this.close(closeCodes.notAParticipant)
  }

  /** The first reason is the one that counts. */
  #endBecause(reason: SocketEnd, end: () => void): void {
    if (this.#endReason === 'peer') this.#endReason = reason
    end()
  }

  #end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#metrics.closed.inc(this.#endReason)
    this.#liveness.stop()
    this.exit.end()
    this.#onEnd()
    for (const room of this.rooms) room.detach(this)
    this.rooms.clear()
  }
}
