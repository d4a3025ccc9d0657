// What the auth routes take and answer, as schemas.
import { ChangePassword, Id, Login, PatchMe, Register, Timestamp, User } from '@goftegu/protocol'
import { Type } from 'typebox'
import { PathId } from '../path-ids.ts'

const tags = ['accounts']
const Done = { 204: Type.Null() }

/** The user; `token` where `"token": true` asked for it. */
const OpenedSession = Type.Object({ ...User.properties, token: Type.Optional(Type.String()) })

export const SessionList = Type.Object({
  results: Type.Array(
    Type.Object(
      { id: Id, created_at: Timestamp, last_used_at: Timestamp, current: Type.Boolean() },
      { additionalProperties: false },
    ),
  ),
})

export const RegisterCall = {
  summary: 'Make an account and log in',
  tags,
  security: [],
  body: Register,
  response: { 201: OpenedSession },
}
export const LoginCall = { summary: 'Log in', tags, security: [], body: Login, response: { 200: OpenedSession } }
export const LogoutCall = {
  summary: 'End this session, or all of yours',
  tags,
  querystring: Type.Object({ everywhere: Type.Optional(Type.Enum(['true', 'false'])) }),
  response: Done,
}
export const MeCall = { summary: 'Who you are', tags, response: { 200: User } }
export const PatchMeCall = { summary: 'Change your name or picture', tags, body: PatchMe, response: { 200: User } }
export const PasswordCall = {
  summary: 'Change your password; your other sessions end',
  tags,
  body: ChangePassword,
  response: Done,
}
export const SessionsCall = { summary: 'Where you are logged in', tags, response: { 200: SessionList } }
export const EndSessionCall = {
  summary: 'End one of your sessions',
  tags,
  params: Type.Object({ id: PathId }),
  response: Done,
}
export const UsersCall = {
  summary: 'Find people by the beginning of their username or name',
  tags: ['users'],
  querystring: Type.Object({ search: Type.String() }),
  response: { 200: Type.Object({ results: Type.Array(User) }, { additionalProperties: false }) },
}
