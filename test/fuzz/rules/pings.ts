// Autobahn 2: pings are answered with their payload, in order; pongs that nobody asked for are ignored.
import { frameBytes, opcodes } from '../frame-bytes.ts'
import type { Rule } from '../rules.ts'

const { ping, pong } = opcodes

function answered(number: string, what: string, payload: Buffer): Rule {
  return { case: number, what, bytes: frameBytes({ opcode: ping, payload }), pongs: [payload.toString('hex')] }
}

const many = Array.from({ length: 10 }, (_, n) => Buffer.from(`payload-${n}`))

export const pingRules: readonly Rule[] = [
  answered('2.1', 'a ping without a payload', Buffer.alloc(0)),
  answered('2.2', 'a ping with text', Buffer.from('Hello, world!')),
  answered('2.3', 'a ping with bytes that are no text', Buffer.from([0, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0, 0xff])),
  answered('2.4', 'a ping of 125 bytes', Buffer.alloc(125, 0xfe)),
  {
    case: '2.5',
    what: 'a ping of 126 bytes',
    bytes: frameBytes({ opcode: ping, payload: Buffer.alloc(126) }),
    close: 1002,
  },
  {
    case: '2.5',
    what: 'a pong of 126 bytes',
    bytes: frameBytes({ opcode: pong, payload: Buffer.alloc(126) }),
    close: 1002,
  },
  { case: '2.7', what: 'a pong that nobody asked for', bytes: frameBytes({ opcode: pong }) },
  { case: '2.8', what: 'the same with a payload', bytes: frameBytes({ opcode: pong, payload: 'unsolicited' }) },
  {
    case: '2.9',
    what: 'the same, then a ping',
    bytes: Buffer.concat([frameBytes({ opcode: pong, payload: 'a' }), frameBytes({ opcode: ping, payload: 'b' })]),
    pongs: ['62'],
  },
  {
    case: '2.10',
    what: 'ten pings at once',
    bytes: Buffer.concat(many.map(payload => frameBytes({ opcode: ping, payload }))),
    pongs: many.map(payload => payload.toString('hex')),
  },
]
