// From a request to a socket in its room: the steps, in order.
import type { ServerResponse } from 'node:http'
import websocket, { type WebsocketPluginOptions } from '@fastify/websocket'
import type { Accounts, Principal } from '@goftegu/accounts'
import { toChatError } from '@goftegu/http'
import {
  ChatError,
  closeCodes,
  type EventUser,
  maxFrameBytes,
  maxFrameFragments,
  parseId,
  parseSeq,
  type User,
} from '@goftegu/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { WebSocket } from 'ws'
import type { Admission } from './admission.ts'
import { Connection } from './connection.ts'
import { noticeMs } from './drain.ts'
import { endTyping } from './handlers/typing.ts'
import { checkHandshake, isUpgrade } from './handshake.ts'
import type { Entrance, Hub } from './hub/hub.ts'
import { Intake, type IntakeContext } from './intake.ts'
import { OrderedWebSocket } from './ordered-web-socket.ts'
import type { Resume } from './room/resume.ts'
import type { Sessions } from './sessions.ts'
import type { Turn } from './turn.ts'

export type UpgradeContext = IntakeContext & {
  hub: Hub
  sessions: Sessions
  admission: Admission
  /** Who a token belongs to; arrivals share the query. */
  identify: Accounts['authenticate']
  turn: Turn
  isDraining: () => boolean
  /** Called when the server closes. */
  close: () => Promise<void>
}

type Place = { principal: Principal; entrance: Entrance; response: ServerResponse }
type ConversationRoute = { Params: { conversation_id: string }; Querystring: Record<string, unknown> }

/** ws' class as CommonJS sees it: the same one, with the server hung on it. */
type WebSocketClass = NonNullable<WebsocketPluginOptions['options']>['WebSocket']

const path = '/ws/chat/:conversation_id/'

/** `/ws/chat/{conversation_id}/`. Needs http's session plugin; to be registered before other routes. */
export function upgradePlugin(context: UpgradeContext) {
  return fastifyPlugin(
    async (app: FastifyInstance) => {
      await app.register(websocket, {
        options: socketOptions(context.limits.closeTimeoutMs),
        // `ws` has already sent the close frame that says what was wrong; there is nobody to tell.
        errorHandler: (err, _socket, request) => request.log.debug({ err }, 'a socket failed'),
        preClose: context.close,
      })
      app.addHook('onRequest', refuseElsewhere)
      app.addHook('onResponse', cutRefused)
      addRoute(app, context)
    },
    { name: 'gateway' },
  )
}

function socketOptions(closeTimeout: number) {
  return {
    WebSocket: OrderedWebSocket as WebSocketClass,
    maxPayload: maxFrameBytes,
    maxFragments: maxFrameFragments,
    perMessageDeflate: false,
    // Pongs are written by `write.ts`, in order, and only within the allowance.
    autoPong: false,
    clientTracking: false,
    closeTimeout,
  }
}

/**
 * All that is asynchronous happens before the upgrade, so that it can be refused with a status. Strangers are sent away
 * before they could take anybody's turn.
 */
function addRoute(app: FastifyInstance, context: UpgradeContext): void {
  const places = new WeakMap<FastifyRequest, Place>()
  const refuseWhileDraining = async () => {
    if (context.isDraining()) throw new ChatError('draining')
  }
  app.route<ConversationRoute>({
    method: 'GET',
    url: path,
    schema: { hide: true },
    preValidation: [
      checkHandshake,
      refuseWhileDraining,
      async function requireSession(request) {
        await request.authenticate(context.identify)
      },
      async function awaitAdmission(request) {
        const { user } = await request.authenticate()
        await context.admission.enter({ userId: user.id, socket: request.raw.socket })
      },
      refuseWhileDraining,
      async function enterRoom(request, reply) {
        const conversationId = parseId(request.params.conversation_id)
        if (conversationId === null) throw new ChatError('conversation_not_found')
        const principal = await request.authenticate()
        const actor = { id: principal.user.id, is_staff: principal.is_staff }
        const entrance = await context.hub.enter(conversationId, actor)
        places.set(request, { principal, entrance, response: reply.raw })
      },
    ],
    onError: async (request, _reply, error) => noteRefusal(context, request, error),
    handler: () => {
      throw new ChatError('upgrade_required')
    },
    wsHandler: (ws, request) => attach(context, ws, request, places.get(request)!),
  })
}

function noteRefusal({ metrics }: UpgradeContext, request: FastifyRequest, error: Error): void {
  metrics.upgradesRefused.inc(toChatError(error).code)
  if (resumeOf(request.query as Record<string, unknown>)) metrics.reconnects.inc('refused')
}

/** Synchronous, and its listeners come first: a client's early frames are not lost. */
function attach(context: UpgradeContext, ws: WebSocket, request: FastifyRequest, place: Place): void {
  const { principal, entrance, response } = place
  const { room, arrival, snapshot } = entrance
  const connection = new Connection({
    ws,
    socket: request.raw.socket,
    user: eventUser(principal.user),
    isStaff: principal.is_staff,
    sessionId: principal.session_id,
    conversationId: room.id,
    turn: context.turn,
    limits: context.limits,
    metrics: context.metrics,
  })
  new Intake(connection, ws, context)
  forgetRequest(context, ws, response)
  connection.onEnd(() => {
    endTyping(context.announce, connection)
    context.sessions.remove(connection)
  })
  context.sessions.add(connection)
  connection.rooms.add(room)
  room.attach(connection, arrival, snapshot, resumeOf(request.query as Record<string, unknown>))
  if (context.isDraining()) connection.close(closeCodes.restarting, String(noticeMs))
}

/**
 * A socket outlives its request by hours. The response that is never sent and the plugin's listener for errors would keep
 * the request, its headers and its log for as long, which is a good part of what an idle socket takes.
 */
function forgetRequest({ logger }: UpgradeContext, ws: WebSocket, response: ServerResponse): void {
  if (response.socket) response.detachSocket(response.socket)
  ws.removeAllListeners('error')
  ws.on('error', err => logger.debug({ err }, 'a socket failed'))
}

function eventUser({ id, username, profile_picture }: User): EventUser {
  return { id, username, profile_picture }
}

function resumeOf({ since, epoch }: Record<string, unknown>): Resume {
  if (since === undefined) return null
  return {
    since: typeof since === 'string' ? parseSeq(since) : null,
    epoch: typeof epoch === 'string' ? epoch : null,
  }
}

/** An upgrade anywhere else is answered as a path that does not exist. */
async function refuseElsewhere(request: FastifyRequest): Promise<void> {
  if (request.ws && request.routeOptions.url !== path) throw new ChatError('not_found')
}

/** Nothing more is read on the connection of a refused upgrade, so nobody else would ever close it. */
async function cutRefused(request: FastifyRequest): Promise<void> {
  if (isUpgrade(request)) request.raw.socket.destroySoon()
}
