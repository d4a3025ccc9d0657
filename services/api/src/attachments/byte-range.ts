// Which bytes of a file a request asks for, and whether it has them already.
import type { ByteRange } from '@goftegu/blobs'
import parseRange from 'range-parser'

type Headers = { range?: string; 'if-range'?: string; 'if-none-match'?: string }

/** Whether the client's copy is the current one (RFC 9110, 13.1.2). */
export function isFresh(headers: Headers, etag: string): boolean {
  const known = headers['if-none-match']?.split(',').map(tag => tag.trim().replace(/^W\//, ''))
  return known?.some(tag => tag === etag || tag === '*') ?? false
}

/**
 * The one range that is asked for; 'whole' where none is, several are, they are malformed or in another unit, or the
 * client's part is of another file (`If-Range`); 'unsatisfiable' where it lies outside (RFC 9110, 14.2).
 */
export function rangeOf(headers: Headers, byteSize: number, etag: string): ByteRange | 'whole' | 'unsatisfiable' {
  const { range, 'if-range': ifRange } = headers
  if (range === undefined || (ifRange !== undefined && ifRange !== etag) || isIgnored(range)) return 'whole'
  const ranges = parseRange(byteSize, clampSuffix(range, byteSize), { combine: true })
  if (ranges === -1) return 'unsatisfiable'
  const [only] = ranges === -2 || ranges.length !== 1 ? [] : ranges
  return only ? { start: only.start, end: only.end } : 'whole'
}

/** Of another unit, or one that ends before it begins: to be ignored (14.1.1, 14.2), where the library says "outside". */
function isIgnored(range: string): boolean {
  const endsFirst = [...range.matchAll(/(\d+)\s*-\s*(\d+)/g)].some(([, first, last]) => Number(first) > Number(last))
  return endsFirst || !range.startsWith('bytes=')
}

/** The last n bytes of a file that has fewer are the whole of it (14.1.2), where the library says "outside". */
function clampSuffix(range: string, byteSize: number): string {
  return range.replace(/^bytes=\s*-(\d+)\s*$/, (_, length) => `bytes=-${Math.min(Number(length), byteSize)}`)
}
