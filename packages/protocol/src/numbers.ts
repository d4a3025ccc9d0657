// Ids and positions as they stand in paths and queries.

const id = /^[1-9][0-9]{0,15}$/
const position = /^(0|[1-9][0-9]{0,15})$/

/** Reads an id from a path or query: `^[1-9][0-9]{0,15}$` and a safe integer; null for anything else. */
export function parseId(text: string): number | null {
  return id.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null
}

/** Reads a `since`: `^(0|[1-9][0-9]{0,15})$` and a safe integer; null for anything else. */
export function parseSeq(text: string): number | null {
  return position.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null
}
