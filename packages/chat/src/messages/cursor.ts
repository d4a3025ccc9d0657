// Where a page of history begins, as clients carry it: opaque to them, checked by us.
import { ChatError, parseSeq } from '@goftegu/protocol'

/** Opaque text for clients. */
export type Cursor = string

/**
 * `before`: what is older than `seq`, from 1 on; `after`: what is newer, to 2^53-2. Then the edge on the other side of an
 * empty page (`before` n lies behind `after` n-1) is a cursor too.
 */
export type Edge = { direction: 'before' | 'after'; seq: number }

export function writeCursor({ direction, seq }: Edge): Cursor {
  return Buffer.from(`${direction === 'before' ? 'b' : 'a'}${seq}`).toString('base64url')
}

/** @throws ChatError `invalid_cursor` for anything that `writeCursor` did not make. */
export function readCursor(cursor: Cursor): Edge {
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const seq = parseSeq(text.slice(1))
  const direction = text[0] === 'b' ? 'before' : text[0] === 'a' ? 'after' : null
  if (seq === null || direction === null) throw new ChatError('invalid_cursor')
  const edge: Edge = { direction, seq }
  if (!isEdge(edge) || writeCursor(edge) !== cursor) throw new ChatError('invalid_cursor')
  return edge
}

function isEdge({ direction, seq }: Edge): boolean {
  return direction === 'before' ? seq >= 1 : seq < Number.MAX_SAFE_INTEGER
}
