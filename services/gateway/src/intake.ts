// What comes in on a socket: counted, decoded, handled, answered.
import type { Chat, Committed } from '@goftegu/chat'
import type { SocketMetrics } from '@goftegu/metrics'
import { ChatError, type ClientEvent, closeCodes } from '@goftegu/protocol'
import type { Logger } from '@goftegu/runtime'
import { begin, inSpan } from '@goftegu/tracing'
import type { WebSocket } from 'ws'
import type { Connection } from './connection.ts'
import { decode } from './decode.ts'
import { FrameAllowance } from './frame-allowance.ts'
import { handle } from './handlers/index.ts'
import type { GatewayLimits } from './limits.ts'

export type IntakeContext = {
  chat: Chat
  announce: Committed
  logger: Logger
  limits: GatewayLimits
  metrics: SocketMetrics
}

/**
 * Handles a connection's frames in the order in which they arrive. With 20 events in the works its socket is not read;
 * frames that `ws` had already taken in wait here.
 */
export class Intake {
  readonly #connection: Connection
  readonly #context: IntakeContext
  readonly #allowance: FrameAllowance
  readonly #waiting: Buffer[] = []
  #inFlight = 0
  #changes: Promise<unknown> = Promise.resolve()

  constructor(connection: Connection, ws: WebSocket, context: IntakeContext) {
    this.#connection = connection
    this.#context = context
    this.#allowance = new FrameAllowance(context.limits)
    ws.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary))
    ws.on('ping', (data: Buffer) => this.#receivePing(data))
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#connection.heard()
    if (!this.#connection.isHeard) return
    if (isBinary) this.#connection.close(closeCodes.unsupportedData)
    else if (this.#inFlight >= this.#context.limits.inFlightPerSocket) this.#waiting.push(data)
    else this.#take(data)
  }

  #receivePing(data: Buffer): void {
    this.#connection.heard()
    if (!this.#connection.isHeard) return
    this.#context.metrics.frames.inc('websocket_ping')
    if (this.#isAllowed()) this.#connection.pong(data)
  }

  #take(data: Buffer): void {
    if (!this.#connection.isHeard) return
    const { event, refusal, clientId } = decode(data.toString())
    this.#context.metrics.frames.inc(event?.type ?? 'invalid')
    if (!this.#isAllowed(clientId)) return
    if (refusal) this.#refuse(refusal, clientId)
    else this.#handle(event, clientId)
  }

  #handle(event: ClientEvent, clientId: string | undefined): void {
    const { chat, announce } = this.#context
    const connection = this.#connection
    const { conversationId } = connection
    const span = begin(`frame ${event.type}`, {
      attributes: { 'goftegu.conversation_id': conversationId },
      isRoot: true,
    })
    const inOrder = (change: () => Promise<unknown>) => this.#inOrder(change)
    try {
      const done = inSpan(span, () => handle({ chat, announce, connection, conversationId, inOrder }, event))
      if (done) this.#watch(span ? done.finally(() => span.end()) : done, clientId)
      else span?.end()
    } catch (error) {
      span?.end()
      this.#refuse(error, clientId)
    }
  }

  /** Every frame takes from the allowance, whatever its type. */
  #isAllowed(clientId?: string): boolean {
    const allowance = this.#allowance.take()
    if (allowance.outcome === 'taken') return true
    if (allowance.outcome === 'flood') this.#connection.close(closeCodes.flooding)
    else this.#refuse(new ChatError('rate_limited', { retryAfterSeconds: allowance.retryAfterMs / 1_000 }), clientId)
    return false
  }

  #watch(done: Promise<void>, clientId: string | undefined): void {
    this.#inFlight += 1
    if (this.#inFlight === this.#context.limits.inFlightPerSocket) this.#connection.pause()
    void done.catch(error => this.#refuse(error, clientId)).then(() => this.#finish())
  }

  #finish(): void {
    this.#inFlight -= 1
    const { inFlightPerSocket } = this.#context.limits
    while (this.#inFlight < inFlightPerSocket && this.#waiting.length > 0) this.#take(this.#waiting.shift()!)
    if (this.#inFlight < inFlightPerSocket) this.#connection.resume()
  }

  async #inOrder(change: () => Promise<unknown>): Promise<void> {
    const result = this.#changes.then(change)
    this.#changes = result.catch(() => {})
    await result
  }

  #refuse(error: unknown, clientId: string | undefined): void {
    const refusal = error instanceof ChatError ? error : this.#fault(error)
    const { code, message: detail, retryAfterSeconds } = refusal
    this.#context.metrics.framesRefused.inc(code)
    this.#connection.tell({
      type: 'error',
      code,
      detail,
      ...(clientId !== undefined && { client_id: clientId }),
      ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
    })
  }

  #fault(error: unknown): ChatError {
    this.#context.logger.error({ err: error, user_id: this.#connection.user.id }, 'handling a frame failed')
    return new ChatError('unavailable', { cause: error })
  }
}
