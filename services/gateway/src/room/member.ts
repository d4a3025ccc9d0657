// What a room needs of a connection.
import type { EndCode } from '@goftegu/metrics'
import type { EventUser } from '@goftegu/protocol'
import type { Exit } from '../write.ts'

export interface Member {
  readonly user: EventUser
  readonly isStaff: boolean
  readonly exit: Exit
  /** Closes the connection with a code of the contract. */
  close(code: EndCode, reason?: string): void
  /** The room has let go of this member: its user is no participant any more. */
  removedFrom(conversationId: number): void
}

/** What the database says of a conversation at one moment. */
export type RoomSnapshot = {
  epoch: string
  last_seq: number
  participants: readonly { user_id: number; visible_from: number; read_seq: number }[]
}
