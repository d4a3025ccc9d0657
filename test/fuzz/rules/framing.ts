// Autobahn 1: text and binary messages of every form of length; and masks, which its clients never break.
import { frameBytes, opcodes, textBytes } from '../frame-bytes.ts'
import type { Rule } from '../rules.ts'

const lengths = [0, 125, 126, 127, 128, 65_535, 65_536]
const { text, binary } = opcodes

export const framingRules: readonly Rule[] = [
  ...lengths.map((length, at) => ({
    case: `1.1.${at + 1}`,
    what: `text of ${length} bytes`,
    bytes: textBytes('*'.repeat(length)),
    errors: ['invalid_json'] as const,
  })),
  ...lengths.map((length, at) => ({
    case: `1.2.${at + 1}`,
    what: `a binary message of ${length} bytes`,
    bytes: frameBytes({ opcode: binary, payload: Buffer.alloc(length, 0xfe) }),
    close: 1003,
  })),
  ...([3, 9] as const).map(lengthBytes => ({
    case: '1.1',
    what: `a length of 5 in ${lengthBytes} bytes, which is taken as it is`,
    bytes: frameBytes({ opcode: text, payload: 'hello', lengthBytes }),
    errors: ['invalid_json'] as const,
  })),
  {
    case: '1.1',
    what: 'a mask that is not zero',
    bytes: frameBytes({ opcode: text, payload: 'hello', key: Buffer.from([1, 2, 3, 255]) }),
    errors: ['invalid_json'],
  },
  ...[text, binary, opcodes.ping, opcodes.pong, opcodes.close].map(opcode => ({
    case: '1.1',
    what: `a frame of opcode ${opcode} without a mask`,
    bytes: frameBytes({ opcode, payload: Buffer.from([3, 232]), key: null }),
    close: 1002,
  })),
]
