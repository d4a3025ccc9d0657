// Autobahn 3, 4, 12 and 13: reserved bits, reserved opcodes, and compression that was never agreed on.
import { frameBytes, opcodes, textBytes } from '../frame-bytes.ts'
import type { Rule } from '../rules.ts'

const bits = [1, 2, 3, 4, 5, 6, 7]
const hello = textBytes('hello')

export const reservedRules: readonly Rule[] = [
  ...bits.flatMap(reserved =>
    [opcodes.text, opcodes.binary, opcodes.ping, opcodes.close].map(opcode => ({
      case: `3.${reserved}`,
      what: `reserved bits ${reserved} on opcode ${opcode}, after a message`,
      bytes: Buffer.concat([hello, frameBytes({ opcode, reserved })]),
      errors: ['invalid_json'] as const,
      close: 1002,
    })),
  ),
  ...[3, 4, 5, 6, 7].map((opcode, at) => ({
    case: `4.1.${at + 1}`,
    what: `reserved opcode ${opcode}`,
    bytes: frameBytes({ opcode, payload: at % 2 ? 'reserved' : '' }),
    close: 1002,
  })),
  ...[11, 12, 13, 14, 15].map((opcode, at) => ({
    case: `4.2.${at + 1}`,
    what: `reserved control opcode ${opcode}`,
    bytes: frameBytes({ opcode, payload: at % 2 ? 'reserved' : '' }),
    close: 1002,
  })),
  {
    case: '12.1.1',
    what: 'a compressed message',
    bytes: frameBytes({ opcode: opcodes.text, reserved: 4, payload: Buffer.from('aa56cb48cdc9c90700', 'hex') }),
    close: 1002,
  },
  {
    case: '13.1.1',
    what: 'a compressed fragment',
    bytes: frameBytes({ opcode: opcodes.text, reserved: 4, payload: 'a', isFinal: false }),
    close: 1002,
  },
]
