// What REST clients send: bodies, as schemas with their types.
import { type Static, Type } from 'typebox'
import { Id, Seq } from './resources.ts'

/** `POST /api/messages/`: exactly one of `recipient_id` and `conversation_id` (the route says which was missing). */
export const PostMessage = Type.Object({
  content: Type.String(),
  recipient_id: Type.Optional(Id),
  conversation_id: Type.Optional(Id),
  client_id: Type.Optional(Type.String()),
})
export type PostMessage = Static<typeof PostMessage>

/** `PUT` and `PATCH /api/messages/{id}/`. */
export const EditMessage = Type.Object({ content: Type.String() })
export type EditMessage = Static<typeof EditMessage>

/** `POST /api/conversations/{id}/read/`. */
export const MarkRead = Type.Object({ seq: Seq })
export type MarkRead = Static<typeof MarkRead>

/** `POST /api/auth/register/`. */
export const Register = Type.Object({
  username: Type.String(),
  password: Type.String(),
  first_name: Type.Optional(Type.String()),
  last_name: Type.Optional(Type.String()),
  token: Type.Optional(Type.Boolean()),
})
export type Register = Static<typeof Register>

/** `POST /api/auth/login/`; with `token: true` the answer adds the session's token. */
export const Login = Type.Object({
  username: Type.String(),
  password: Type.String(),
  token: Type.Optional(Type.Boolean()),
})
export type Login = Static<typeof Login>

/** `PATCH /api/auth/me/`. */
export const PatchMe = Type.Object({
  first_name: Type.Optional(Type.String()),
  last_name: Type.Optional(Type.String()),
  profile_picture: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})
export type PatchMe = Static<typeof PatchMe>

/** `POST /api/auth/password/`. */
export const ChangePassword = Type.Object({ current: Type.String(), new: Type.String() })
export type ChangePassword = Static<typeof ChangePassword>
