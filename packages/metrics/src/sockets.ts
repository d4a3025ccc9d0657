// Sockets: how many, how they come and go, what they send, what is written to them.
import { type ClientEventType, type CloseCode, clientEvents, closeCodes, type ErrorCode } from '@goftegu/protocol'
import { Counter, type Registry } from 'prom-client'
import { gaugeOf, totalOf } from './readings.ts'
import { Tally } from './tally.ts'

/** The close codes that a gateway decides on, as a label's values; `ws` by itself closes what breaks the protocol. */
export const socketEnds = {
  [closeCodes.goingAway]: 'going_away',
  [closeCodes.unsupportedData]: 'unsupported_data',
  [closeCodes.restarting]: 'restarting',
  [closeCodes.sessionEnded]: 'session_ended',
  [closeCodes.notAParticipant]: 'not_a_participant',
  [closeCodes.slowReader]: 'slow_reader',
  [closeCodes.flooding]: 'flooding',
} as const satisfies Partial<Record<CloseCode, string>>

/** Why a socket ended: closed with a code, nothing heard of it any more, or its peer went or broke the protocol. */
export type SocketEnd = (typeof socketEnds)[EndCode] | 'dead' | 'peer'
export type EndCode = keyof typeof socketEnds

type Arrival = 'resumed' | 'resynced' | 'refused'
type Frame = ClientEventType | 'websocket_ping' | 'invalid'

export type SocketMetrics = ReturnType<typeof socketMetrics>

export function socketMetrics(registry: Registry) {
  return {
    open: gaugeOf(registry, { name: 'goftegu_sockets', help: 'Sockets that are open.' }),
    opened: new Counter({
      name: 'goftegu_sockets_opened_total',
      help: 'Sockets that were opened.',
      registers: [registry],
    }),
    closed: new Tally<SocketEnd>(registry, {
      name: 'goftegu_sockets_closed_total',
      help: 'Sockets that ended, by why: what this server closed them for, dead (no pong), or peer (the other side went).',
      label: 'reason',
      values: [...Object.values(socketEnds), 'dead', 'peer'],
    }),
    reconnects: new Tally<Arrival>(registry, {
      name: 'goftegu_reconnects_total',
      help: 'Upgrades that asked to resume (since), by outcome.',
      label: 'outcome',
      values: ['resumed', 'resynced', 'refused'],
    }),
    resyncs: new Tally<'arrival' | 'room'>(registry, {
      name: 'goftegu_resyncs_total',
      help: 'Sockets that were told to begin anew: on arrival, or because their room did (epoch, too long a hole).',
      label: 'cause',
      values: ['arrival', 'room'],
    }),
    upgradesRefused: new Tally<ErrorCode>(registry, {
      name: 'goftegu_upgrades_refused_total',
      help: 'Upgrades that were refused, by the code of the answer.',
      label: 'code',
      values: ['over_capacity', 'draining', 'not_authenticated', 'conversation_not_found', 'unavailable'],
    }),
    frames: new Tally<Frame>(registry, {
      name: 'goftegu_frames_received_total',
      help: 'Frames that clients sent, by the type of their event.',
      label: 'type',
      values: [...(Object.keys(clientEvents) as ClientEventType[]), 'websocket_ping', 'invalid'],
    }),
    framesRefused: new Tally<ErrorCode>(registry, {
      name: 'goftegu_frames_refused_total',
      help: 'Frames that were answered with an error event, by its code.',
      label: 'code',
      values: ['rate_limited', 'busy', 'outcome_unknown', 'unavailable', 'invalid_event'],
    }),
    writes: totalOf(registry, {
      name: 'goftegu_socket_writes_total',
      help: 'Writes to sockets: one per socket and turn of the event loop.',
    }),
    writtenBytes: totalOf(registry, {
      name: 'goftegu_socket_written_bytes_total',
      help: 'Bytes of frames that were written to sockets, headers included.',
    }),
  }
}
