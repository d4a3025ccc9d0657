// Autobahn 6: text that is UTF-8 wherever it is cut, and text that is not.
import { fragmentBytes, textBytes } from '../frame-bytes.ts'
import type { Rule } from '../rules.ts'

/** Groups of the Autobahn suite, and sequences that are no UTF-8 (Markus Kuhn's stress test). */
const invalid: [number: string, what: string, hex: string][] = [
  ['6.3', 'an encoded surrogate within text', 'cebae1bdb9cf83cebcceb5eda080656469746564'],
  ['6.6', 'the first byte of two', 'ce'],
  ['6.6', 'two bytes of three', 'e1bd'],
  ['6.8', 'a first byte of five', 'f888808080'],
  ['6.8', 'a first byte of six', 'fc8480808080'],
  ['6.10', 'above U+10FFFF', 'f4908080'],
  ['6.11', 'a continuation byte alone', '80'],
  ['6.11', 'continuation bytes alone', '80bf80bf80bf'],
  ['6.12', 'first bytes without more', 'c020c120c220'],
  ['6.13', 'a last continuation byte that is missing', 'f0808041'],
  ['6.14', 'FE and FF', 'fefeffff'],
  ['6.15', 'an overlong slash of two bytes', 'c0af'],
  ['6.15', 'an overlong slash of four', 'f08080af'],
  ['6.16', 'the largest overlong of two bytes', 'c1bf'],
  ['6.17', 'an overlong NUL', 'c080'],
  ['6.18', 'a high surrogate', 'eda080'],
  ['6.18', 'a low surrogate', 'edbfbf'],
  ['6.19', 'a pair of surrogates', 'eda080edb080'],
]

const valid: [number: string, what: string, hex: string][] = [
  ['6.5', 'Greek', 'cebae1bdb9cf83cebcceb5'],
  ['6.7', 'the first code points of each length', '00c280e0a080f0908080'],
  ['6.9', 'the last code points of each length', '7fdfbfefbfbff48fbfbf'],
  ['6.20', 'code points around the surrogates', 'ed9fbfee8080'],
  ['6.21', 'U+FFFD', 'efbfbd'],
  ['6.22', 'code points that are no characters', 'efb790efb7aff09fbfbeefbfbe'],
  ['6.22', 'a byte order mark before an event', 'efbbbf7b7d'],
]

const bytesOf = (hex: string) => [...Buffer.from(hex, 'hex')].map(byte => Buffer.from([byte]))

export const utf8Rules: readonly Rule[] = [
  ...invalid.flatMap(([number, what, hex]): Rule[] => [
    { case: number, what, bytes: textBytes(Buffer.from(hex, 'hex')), close: 1007 },
    { case: '6.4', what: `${what}, a byte a fragment`, bytes: fragmentBytes(['"', ...bytesOf(hex), '"']), close: 1007 },
  ]),
  ...valid.flatMap(([number, what, hex]): Rule[] => [
    { case: number, what, bytes: textBytes(Buffer.from(hex, 'hex')), errors: ['invalid_json'] },
    { case: '6.2', what: `${what}, a byte a fragment`, bytes: fragmentBytes(bytesOf(hex)), errors: ['invalid_json'] },
  ]),
]
