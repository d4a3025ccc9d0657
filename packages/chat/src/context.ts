// What every verb of chat works with.
import type { Database } from '@goftegu/database'
import type { Committed, OnError } from './committed.ts'

export type Context = {
  database: Database
  /** Never throws. */
  committed: Committed
  /** The origin of attachments' URLs, without a slash at its end. */
  publicUrl: () => string
  onError: OnError
  /** After this long the outcome of a send is unknown. */
  deadlineMs: number
}
