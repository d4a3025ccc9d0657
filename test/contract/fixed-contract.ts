// What clients in the field rely on: names and JSON types that never change, written down apart from the code.

/**
 * `time` is ISO 8601 in UTC with a `Z`, `url` is absolute; both are strings. `X or null`, `X[]`. A name with a capital is
 * another shape of `fixedShapes`.
 */
export type FieldType = string
export type Shape = Readonly<Record<string, FieldType>>

/** Resources, answers, and the parts of events. */
export const fixedShapes: Record<string, Shape> = {
  User: {
    id: 'integer',
    username: 'string',
    first_name: 'string',
    last_name: 'string',
    profile_picture: 'url or null',
  },
  EventUser: { id: 'integer', username: 'string', profile_picture: 'url or null' },
  Conversation: { id: 'integer', participants: 'User[]', created_at: 'time', last_message: 'Message or null' },
  Message: {
    id: 'integer',
    conversation: 'integer',
    sender: 'User',
    content: 'string',
    timestamp: 'time',
    is_read: 'boolean',
    is_edited: 'boolean',
    is_deleted: 'boolean',
    attachments: 'Attachment[]',
  },
  Attachment: { id: 'integer', message: 'integer', file: 'url', uploaded_at: 'time' },
  MessagePage: { count: 'integer', next: 'url or null', previous: 'url or null', results: 'Message[]' },
  ErrorBody: { detail: 'string' },
  NewMessage: { id: 'integer', sender: 'EventUser', content: 'string', timestamp: 'time' },
  EditedMessage: { id: 'integer', content: 'string' },
}

/** What the server tells every socket of a conversation, beside `type`. */
export const fixedServerEvents: Record<string, Shape> = {
  new_message: { message: 'NewMessage' },
  message_edited: { message: 'EditedMessage' },
  message_deleted: { message_id: 'integer' },
  user_typing: { user: 'EventUser', is_typing: 'boolean' },
}

/** What a client says on a socket, beside `type`. */
export const fixedClientEvents: Record<string, Shape> = {
  chat_message: { content: 'string' },
  edit_message: { message_id: 'integer', content: 'string' },
  delete_message: { message_id: 'integer' },
  typing: { is_typing: 'boolean' },
}

/** Bodies of requests. */
export const fixedBodies: Record<string, Shape> = {
  PostMessage: { content: 'string', recipient_id: 'integer' },
  EditMessage: { content: 'string' },
}

/** Fields that came later; a client of the shapes above ignores them. A new one is added here, never above. */
export const additions: Record<string, readonly string[]> = {
  Conversation: ['title', 'last_seq', 'epoch', 'unread_count'],
  Message: ['seq', 'changed_seq'],
  MessagePage: ['last_seq', 'epoch'],
  ErrorBody: ['code', 'errors'],
  new_message: ['seq', 'changed_seq', 'client_id'],
  message_edited: ['seq', 'changed_seq'],
  message_deleted: ['seq', 'changed_seq'],
}

/** A value of that type, with the fixed fields alone. */
export function valueFor(type: FieldType): unknown {
  const shape = fixedShapes[type]
  if (shape) return sampleOf(shape)
  if (type.endsWith(' or null')) return null
  if (type.endsWith('[]')) return []
  const value = { integer: 1, string: 'text', boolean: true, time: '2026-01-31T09:30:00Z', url: 'https://h/a.png' }[
    type
  ]
  if (value === undefined) throw new Error(`no such type: ${type}`)
  return value
}

/** An object with the fixed fields alone. */
export function sampleOf(shape: Shape): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shape).map(([name, type]) => [name, valueFor(type)]))
}
