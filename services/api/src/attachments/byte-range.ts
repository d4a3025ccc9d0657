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
 * The one range that is asked for; 'whole' where none is, several are, they are malformed, or the client's part is of
 * another file (`If-Range`); 'unsatisfiable' where it lies outside (RFC 9110, 14.2).
 */
export function rangeOf(headers: Headers, byteSize: number, etag: string): ByteRange | 'whole' | 'unsatisfiable' {
  const ifRange = headers['if-range']
  if (headers.range === undefined || (ifRange !== undefined && ifRange !== etag)) return 'whole'
  const ranges = parseRange(byteSize, headers.range, { combine: true })
  if (ranges === -1) return 'unsatisfiable'
  const [range] = ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? [] : ranges
  return range ? { start: range.start, end: range.end } : 'whole'
}
