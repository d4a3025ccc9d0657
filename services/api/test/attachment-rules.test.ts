// The small rules of attachments by themselves: names, kinds, ranges.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attachmentExtensions, ChatError } from '@goftegu/protocol'
import fc from 'fast-check'
import { isFresh, rangeOf } from '../src/attachments/byte-range.ts'
import { fileNameFrom } from '../src/attachments/file-name.ts'
import { allowedEndings, checkContent, kindOf } from '../src/attachments/media-type.ts'
import { mediaTypes, sampleFiles } from './sample-files.ts'

test('the endings are those of the contract, and each content fits only its own', async () => {
  assert.deepEqual([...allowedEndings].sort(), [...attachmentExtensions].sort())
  for (const ending of attachmentExtensions) {
    const kind = kindOf(`a.b.${ending.toUpperCase()}`)
    assert.equal(kind.mediaType, mediaTypes[ending])
    for (const other of attachmentExtensions) {
      const fits = mediaTypes[other] === mediaTypes[ending]
      const outcome = await checkContent(kind, sampleFiles[other]).then(
        () => true,
        () => false,
      )
      assert.equal(outcome, fits, `${other} as ${ending}`)
    }
  }
})

test('a file name has no path, no control character and a bounded length, whatever is sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), sent => {
      let name: string
      try {
        name = fileNameFrom(sent)
      } catch (error) {
        return error instanceof ChatError && error.code === 'invalid_file_name'
      }
      return sent.includes(name) && !/[/\\\p{Cc}]/u.test(name) && [...name].length >= 1 && [...name].length <= 200
    }),
  )
  assert.equal(fileNameFrom('عکس‌ها.jpg'), 'عکس‌ها.jpg')
})

test('a range lies within the file or is none', () => {
  const header = fc.oneof(
    fc.string(),
    fc.tuple(fc.option(fc.nat(300)), fc.option(fc.nat(300))).map(([start, end]) => `bytes=${start ?? ''}-${end ?? ''}`),
  )
  fc.assert(
    fc.property(header, fc.integer({ min: 1, max: 200 }), (range, size) => {
      const answer = rangeOf({ range }, size, '"e"')
      if (typeof answer === 'string') return true
      return 0 <= answer.start && answer.start <= answer.end && answer.end < size
    }),
    { numRuns: 500 },
  )
  assert.deepEqual(rangeOf({ range: 'bytes=1-2' }, 10, '"e"'), { start: 1, end: 2 })
  assert.equal(rangeOf({ range: 'bytes=1-2', 'if-range': '"other"' }, 10, '"e"'), 'whole')
  assert.equal(rangeOf({ range: 'bytes=10-' }, 10, '"e"'), 'unsatisfiable')
  assert.ok(isFresh({ 'if-none-match': 'W/"e"' }, '"e"') && !isFresh({}, '"e"'))
})
