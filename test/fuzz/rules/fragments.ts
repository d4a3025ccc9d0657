// Autobahn 5: fragments in order, out of order, and with control frames between.
import { fragmentBytes, frameBytes, opcodes } from '../frame-bytes.ts'
import type { Rule } from '../rules.ts'

const { text, binary, continuation, ping, pong, close } = opcodes
const first = frameBytes({ opcode: text, payload: 'fragment1', isFinal: false })
const last = frameBytes({ opcode: continuation, payload: 'fragment2' })
const open = frameBytes({ opcode: continuation, payload: 'fragment2', isFinal: false })
const whole = frameBytes({ opcode: text, payload: 'whole' })
const pinged = frameBytes({ opcode: ping, payload: 'ping' })
const pinging = { pongs: ['70696e67'], errors: ['invalid_json'] } as const

const broken = (number: string, what: string, ...frames: Buffer[]): Rule => ({
  case: number,
  what,
  bytes: Buffer.concat(frames),
  close: 1002,
})

export const fragmentRules: readonly Rule[] = [
  broken('5.1', 'a ping in two fragments', frameBytes({ opcode: ping, isFinal: false }), last),
  broken('5.2', 'a pong in two fragments', frameBytes({ opcode: pong, isFinal: false }), last),
  broken('5.2', 'a close frame in two fragments', frameBytes({ opcode: close, isFinal: false }), last),
  { case: '5.3', what: 'text in two fragments', bytes: Buffer.concat([first, last]), errors: ['invalid_json'] },
  { case: '5.6', what: 'a ping between fragments', bytes: Buffer.concat([first, pinged, last]), ...pinging },
  broken('5.9', 'the end of a message that never began', last),
  broken('5.10', 'the same, before a whole one', last, whole),
  broken('5.12', 'the middle of a message that never began', open),
  broken('5.13', 'the same, before a whole one', open, whole),
  { ...broken('5.15', 'another end after the end', first, last, last, whole), errors: ['invalid_json'] },
  broken('5.16', 'a middle, then a message, again and again', open, whole, open, whole),
  broken('5.18', 'text within text', first, whole),
  broken('5.18', 'a binary message within text', first, frameBytes({ opcode: binary, payload: 'x' })),
  {
    case: '5.19',
    what: 'five fragments, two pings between them',
    bytes: Buffer.concat([first, open, pinged, open, open, pinged, last]),
    pongs: ['70696e67', '70696e67'],
    errors: ['invalid_json'],
  },
  {
    case: '6.1.2',
    what: 'three fragments, all empty',
    bytes: fragmentBytes(['', '', '']),
    errors: ['invalid_json'],
  },
  {
    case: '6.1.3',
    what: 'an event between empty fragments',
    bytes: fragmentBytes(['', '{}', '']),
    errors: ['unknown_event'],
  },
]
