// Which text may be stored, and how long it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoints, hasLength, isClientId, isContent, isStorable, isTitle } from '../src/index.ts'

/** Any UTF-16, lone surrogates and NUL included. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map(units => String.fromCharCode(...units)),
)

test('code points are counted as the language counts them', () => {
  assert.equal(codePoints('سلام'), 4)
  assert.equal(codePoints('👩‍👩‍👧'), 5)
  assert.equal(codePoints('می‌روم'), 6)
  fc.assert(fc.property(anyText, text => codePoints(text) === [...text].length))
})

test('a length is judged in code points, whatever short cut is taken', () => {
  const bounds = fc.tuple(fc.nat(20), fc.nat(20))
  fc.assert(
    fc.property(anyText, bounds, (text, [a, b]) => {
      const length = [...text].length
      assert.equal(
        hasLength(text, Math.min(a, b), Math.max(a, b)),
        length >= Math.min(a, b) && length <= Math.max(a, b),
      )
    }),
  )
})

test('text is storable when PostgreSQL would give it back as it is', () => {
  for (const text of ['', 'متن', 'e\u0301', '\u200f\u200c', '\u{10ffff}', '\ufffd', '\r\n\t\u0001']) {
    assert.ok(isStorable(text), JSON.stringify(text))
  }
  for (const text of ['\0', 'a\0b', '\ud800', 'a\udc00', '\udc00\ud800'])
    assert.ok(!isStorable(text), JSON.stringify(text))
  fc.assert(
    fc.property(anyText, text => isStorable(text) === (Buffer.from(text).toString() === text && !text.includes('\0'))),
  )
})

test('content is 1 to 10,000 code points between its ends', () => {
  for (const content of [
    'a',
    ' a ',
    'ا'.repeat(10_000),
    '😀'.repeat(10_000),
    `${' '.repeat(500)}${'a'.repeat(10_000)}\n`,
  ]) {
    assert.ok(isContent(content))
  }
  for (const content of ['', ' ', '\n\t\u00a0\u3000', 'a'.repeat(10_001), '😀'.repeat(10_001), 'a\0', '\ud83d']) {
    assert.ok(!isContent(content))
  }
})

test('a client_id is 1 to 64 code points and not one of the server’s own', () => {
  for (const id of ['a', ' ', 'a~', '😀'.repeat(64)]) assert.ok(isClientId(id), id)
  for (const id of ['', '~', '~a', 'a'.repeat(65), '😀'.repeat(65), 'a\0', '\ud83d']) assert.ok(!isClientId(id), id)
})

test('a title is 1 to 200 code points between its ends', () => {
  for (const title of ['گروه', ' a ', '😀'.repeat(200)]) assert.ok(isTitle(title), title)
  for (const title of ['', '  ', 'a'.repeat(201), 'a\0', '\udc00']) assert.ok(!isTitle(title), title)
})
