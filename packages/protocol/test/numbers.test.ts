// Ids and positions as they stand in paths and queries.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseId, parseSeq } from '../src/index.ts'

const neither = [
  '',
  ' ',
  '-1',
  '+1',
  '1.0',
  '1e3',
  '0x1',
  '01',
  '00',
  ' 1',
  '1 ',
  '1\n',
  '١',
  '۱',
  'NaN',
  '9007199254740992',
]
const tooLong = ['9999999999999999', '12345678901234567', '1'.repeat(400)]

test('an id is a positive safe integer in decimal digits', () => {
  for (const text of [...neither, ...tooLong, '0']) assert.equal(parseId(text), null, JSON.stringify(text))
  assert.equal(parseId('9007199254740991'), Number.MAX_SAFE_INTEGER)
  fc.assert(fc.property(fc.maxSafeNat(), n => parseId(String(n)) === (n === 0 ? null : n)))
})

test('a position may be 0 too', () => {
  for (const text of [...neither, ...tooLong]) assert.equal(parseSeq(text), null, JSON.stringify(text))
  fc.assert(fc.property(fc.maxSafeNat(), n => parseSeq(String(n)) === n))
})

test('no other text is read as a number', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      const seq = parseSeq(text)
      return seq === null || String(seq) === text
    }),
  )
})
