// Autobahn 9 and 10: large messages and many fragments, up to our limits and beyond; lengths that are lies.
import { maxFrameBytes, maxFrameFragments } from '@goftegu/protocol'
import { fragmentBytes, frameBytes, opcodes, textBytes } from '../frame-bytes.ts'
import type { Rule } from '../rules.ts'

const { text, ping } = opcodes
const inPieces = (length: number, pieces: number) =>
  Array.from({ length: pieces }, (_, at) => '*'.repeat(Math.floor(length / pieces) + (at < length % pieces ? 1 : 0)))
const lies = [BigInt(maxFrameBytes) + 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]

export const limitRules: readonly Rule[] = [
  { case: '9.1', what: 'the largest message', bytes: textBytes('*'.repeat(maxFrameBytes)), errors: ['invalid_json'] },
  { case: '9.1', what: 'one byte more', bytes: textBytes('*'.repeat(maxFrameBytes + 1)), close: 1009 },
  {
    case: '9.3',
    what: 'the largest message in fragments',
    bytes: fragmentBytes(inPieces(maxFrameBytes, 64)),
    errors: ['invalid_json'],
  },
  {
    case: '9.3',
    what: 'one byte more, in fragments',
    bytes: fragmentBytes(inPieces(maxFrameBytes + 1, 64)),
    close: 1009,
  },
  {
    case: '9.5',
    what: 'the most fragments, of one byte',
    bytes: fragmentBytes(inPieces(maxFrameFragments, maxFrameFragments)),
    errors: ['invalid_json'],
  },
  { case: '9.5', what: 'one fragment more', bytes: fragmentBytes(inPieces(65, maxFrameFragments + 1)), close: 1008 },
  {
    case: '9.5',
    what: 'empty fragments without an end',
    bytes: fragmentBytes(inPieces(0, 1_000)).subarray(0, -6),
    close: 1008,
  },
  {
    case: '10.1.1',
    what: 'a message in pieces of 1,300 bytes',
    bytes: fragmentBytes(inPieces(65_536, 51)),
    errors: ['invalid_json'],
  },
  ...lies.map(claimedLength => ({
    case: '9.1',
    what: `a length of ${claimedLength}, and no payload`,
    bytes: frameBytes({ opcode: text, claimedLength, lengthBytes: 9 }),
    close: 1009,
  })),
  {
    case: '9.1',
    what: 'a ping that claims 2^63 bytes',
    bytes: frameBytes({ opcode: ping, claimedLength: 2n ** 63n, lengthBytes: 9 }),
    close: 1002,
  },
]
