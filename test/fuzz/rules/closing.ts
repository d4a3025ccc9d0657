// Autobahn 7: the closing handshake, its codes and its reasons.
import { closeBytes, fragmentBytes, frameBytes, opcodes, textBytes } from '../frame-bytes.ts'
import type { Rule } from '../rules.ts'

const valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 3000, 3999, 4000, 4403, 4999]
const invalid = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
const late = [
  textBytes('{"type":"chat_message","content":"after the close frame"}'),
  frameBytes({ opcode: opcodes.ping }),
  closeBytes(1001),
]
const unfinished = frameBytes({ opcode: opcodes.text, payload: '{"type":', isFinal: false })
const payload = (bytes: Buffer) => frameBytes({ opcode: opcodes.close, payload: bytes })

export const closeRules: readonly Rule[] = [
  {
    case: '7.1.1',
    what: 'a message, then a close frame',
    bytes: Buffer.concat([textBytes('x'), closeBytes(1000)]),
    errors: ['invalid_json'],
    close: 1000,
  },
  { case: '7.1.2', what: 'two close frames', bytes: Buffer.concat([closeBytes(1000), closeBytes(1000)]), close: 1000 },
  ...late.map((bytes, at) => ({
    case: `7.1.${at + 3}`,
    what: `a close frame, then something else (${at + 1})`,
    bytes: Buffer.concat([closeBytes(1000), bytes]),
    close: 1000,
  })),
  {
    case: '7.1.5',
    what: 'a close frame within a message',
    bytes: Buffer.concat([unfinished, closeBytes(1000)]),
    close: 1000,
  },
  {
    case: '7.1.6',
    what: 'a large message, then a close frame',
    bytes: Buffer.concat([textBytes('*'.repeat(130_000)), closeBytes(1000)]),
    errors: ['invalid_json'],
    close: 1000,
  },
  { case: '7.3.1', what: 'an empty close frame', bytes: closeBytes(), close: 'empty' },
  { case: '7.3.2', what: 'a close frame of one byte', bytes: payload(Buffer.from([3])), close: 1002 },
  { case: '7.3.3', what: 'a close frame with a code alone', bytes: closeBytes(1000), close: 1000 },
  { case: '7.3.4', what: 'a close frame with a reason', bytes: closeBytes(1000, 'Hello World!'), close: 1000 },
  { case: '7.3.5', what: 'the longest reason', bytes: closeBytes(1000, '*'.repeat(123)), close: 1000 },
  { case: '7.3.6', what: 'a reason that is too long', bytes: closeBytes(1000, '*'.repeat(124)), close: 1002 },
  {
    case: '7.5.1',
    what: 'a reason that is not UTF-8',
    bytes: closeBytes(1000, Buffer.from('cebaeda080', 'hex')),
    close: 1007,
  },
  ...valid.map(code => ({ case: '7.7', what: `a close frame with ${code}`, bytes: closeBytes(code), close: code })),
  ...invalid.map(code => ({ case: '7.9', what: `a close frame with ${code}`, bytes: closeBytes(code), close: 1002 })),
  {
    case: '7.13',
    what: 'a close frame after fragments',
    bytes: Buffer.concat([fragmentBytes(['{', '}']), closeBytes(4321)]),
    errors: ['unknown_event'],
    close: 4321,
  },
]
