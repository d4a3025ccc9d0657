// The small rules of attachments by themselves: names, kinds, ranges.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attachmentExtensions, ChatError, withoutBidiControls } from '@goftegu/protocol'
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
      return (
        withoutBidiControls(sent).includes(name) &&
        !/[/\\\p{Cc}\p{Zl}\p{Zp}\u202E]/u.test(name) &&
        [...name].length >= 1 &&
        [...name].length <= 200
      )
    }),
  )
  assert.equal(fileNameFrom('عکس‌ها\u200F.jpg'), 'عکس‌ها\u200F.jpg')
  assert.equal(fileNameFrom('\u2068a\u202Egpj.exe\u2069'), 'agpj.exe')
  for (const sent of ['\u202E', 'a\u2028.jpg', 'a\n.jpg']) {
    assert.throws(() => fileNameFrom(sent), { code: 'invalid_file_name' }, JSON.stringify(sent))
  }
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
  for (const range of ['bytes=10-', 'bytes=-0', 'bytes=11-12,10-']) {
    assert.equal(rangeOf({ range }, 10, '"e"'), 'unsatisfiable', range)
  }
  for (const range of ['bytes=5-2', 'bytes=50-20', 'bytes=0-1,5-2', 'lines=10-', 'bytes=-', 'bytes=1-2,4-5']) {
    assert.equal(rangeOf({ range }, 10, '"e"'), 'whole', range)
  }
  assert.deepEqual(rangeOf({ range: 'bytes=-3' }, 10, '"e"'), { start: 7, end: 9 })
  assert.deepEqual(rangeOf({ range: 'bytes=-11' }, 10, '"e"'), { start: 0, end: 9 }, 'a file shorter than its end')
  assert.ok(isFresh({ 'if-none-match': 'W/"e"' }, '"e"') && !isFresh({}, '"e"'))
})
