// What REST answers: the resources, as schemas with their types.
import { type Static, type TSchema, Type } from 'typebox'

const closed = { additionalProperties: false } as const
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** A positive safe integer. */
export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
/** A number of a conversation's sequence, or 0 before the first. */
export const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
/** ISO 8601 in UTC with a `Z`. */
export const Timestamp = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' })
/** What a participant may do in a group. */
export const Role = Type.Union([Type.Literal('owner'), Type.Literal('admin'), Type.Literal('member')])
export type Role = Static<typeof Role>

export const User = Type.Object(
  {
    id: Id,
    username: Type.String(),
    first_name: Type.String(),
    last_name: Type.String(),
    profile_picture: nullable(Type.String()),
  },
  closed,
)
export type User = Static<typeof User>

/** A user as events name them. */
export const EventUser = Type.Object(
  { id: Id, username: Type.String(), profile_picture: nullable(Type.String()) },
  closed,
)
export type EventUser = Static<typeof EventUser>

export const Attachment = Type.Object({ id: Id, message: Id, file: Type.String(), uploaded_at: Timestamp }, closed)
export type Attachment = Static<typeof Attachment>

export const Message = Type.Object(
  {
    id: Id,
    conversation: Id,
    sender: User,
    content: Type.String(),
    timestamp: Timestamp,
    is_read: Type.Boolean(),
    is_edited: Type.Boolean(),
    is_deleted: Type.Boolean(),
    attachments: Type.Array(Attachment),
    seq: Seq,
    changed_seq: Seq,
  },
  closed,
)
export type Message = Static<typeof Message>

export const Conversation = Type.Object(
  {
    id: Id,
    title: nullable(Type.String()),
    participants: Type.Array(User),
    created_at: Timestamp,
    last_message: nullable(Message),
    last_seq: Seq,
    epoch: Type.String(),
    unread_count: Type.Integer({ minimum: 0, maximum: 100 }),
  },
  closed,
)
export type Conversation = Static<typeof Conversation>

export const MessagePage = Type.Object(
  {
    count: Type.Integer({ minimum: 0 }),
    next: nullable(Type.String()),
    previous: nullable(Type.String()),
    results: Type.Array(Message),
    last_seq: Seq,
    epoch: Type.String(),
  },
  closed,
)
export type MessagePage = Static<typeof MessagePage>

export const ErrorBody = Type.Object(
  {
    detail: Type.String(),
    code: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), detail: Type.String() }, closed))),
  },
  closed,
)
export type ErrorBody = Static<typeof ErrorBody>
