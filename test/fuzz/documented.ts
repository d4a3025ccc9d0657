// What the documents allow a server to answer: their tables, as people read them.
import { readDocument } from '../documents/markdown.ts'

/** Status by code: docs/errors.md. */
export const documentedErrors: ReadonlyMap<string, number> = new Map(
  [...readDocument('docs/errors.md').matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code = '', status]) => [
    code,
    Number(status),
  ]),
)

/** Section 10 of docs/protocol.md. */
export const documentedCloses: ReadonlySet<number> = new Set(
  [...readDocument('docs/protocol.md').matchAll(/^\| (\d{4}) \|/gm)].map(([, code]) => Number(code)),
)

/** Documented, but a fault of ours while PostgreSQL is there, as it is during the whole run. */
export const faultCodes: ReadonlySet<string> = new Set(['unavailable', 'outcome_unknown'])
