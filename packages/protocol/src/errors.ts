// The one table of errors: code, status, whether to retry, what to do.

type ErrorEntry = { status: number; retry: boolean; detail: string }

/**
 * Every error that leaves the server, on REST and on sockets. `status` is the HTTP status (a socket's `error` event has
 * none), `retry` says whether the same request may succeed later, `detail` tells a person what to do.
 */
export const errorTable = {
  invalid_request: { status: 400, retry: false, detail: 'The request is not valid; see errors for each field.' },
  invalid_json: { status: 400, retry: false, detail: 'The body is not valid JSON.' },
  invalid_url: { status: 400, retry: false, detail: 'The URL is malformed; check its percent-encoding.' },
  invalid_query: { status: 400, retry: false, detail: 'A query parameter is not valid; see errors.' },
  invalid_cursor: { status: 400, retry: false, detail: 'The cursor is not valid; start again from the first page.' },
  invalid_content: {
    status: 400,
    retry: false,
    detail: 'A message is 1 to 10,000 characters of well-formed text without NUL; change the text and send it again.',
  },
  invalid_client_id: {
    status: 400,
    retry: false,
    detail: 'client_id is 1 to 64 characters of well-formed text without NUL and does not begin with "~".',
  },
  invalid_title: {
    status: 400,
    retry: false,
    detail: 'A title is 1 to 200 characters of well-formed text without NUL.',
  },
  invalid_event: { status: 400, retry: false, detail: 'The event is not valid; check its fields and their types.' },
  unknown_event: { status: 400, retry: false, detail: 'This event type is not known; check "type".' },
  invalid_file_name: {
    status: 400,
    retry: false,
    detail: 'The file needs a plain name of at most 200 characters, with an ending.',
  },
  missing_file: { status: 400, retry: false, detail: 'Send one file in the multipart field "file".' },
  upload_incomplete: { status: 400, retry: true, detail: 'The upload ended early; nothing was stored. Send it again.' },
  recipient_is_self: { status: 400, retry: false, detail: 'You cannot start a conversation with yourself.' },
  message_deleted: { status: 400, retry: false, detail: 'The message was deleted and cannot be changed.' },
  username_taken: { status: 400, retry: false, detail: 'This username is taken; choose another.' },
  wrong_password: { status: 400, retry: false, detail: 'The current password is wrong.' },
  participant_exists: { status: 400, retry: false, detail: 'This user is already a participant.' },
  not_a_group: {
    status: 400,
    retry: false,
    detail: 'A direct conversation has two participants and no title; create a group.',
  },
  too_many_participants: { status: 400, retry: false, detail: 'A group has at most 1,000 participants.' },
  not_authenticated: { status: 401, retry: false, detail: 'Log in first: POST /api/auth/login/.' },
  invalid_credentials: { status: 401, retry: false, detail: 'The username or the password is wrong.' },
  forbidden: { status: 403, retry: false, detail: 'You are a participant, but only the sender may do this.' },
  foreign_origin: {
    status: 403,
    retry: false,
    detail: 'The request comes from another origin; list it in ALLOWED_ORIGINS or use a Bearer token.',
  },
  registration_closed: {
    status: 403,
    retry: false,
    detail: 'Registration is closed; ask an administrator for an account.',
  },
  not_found: { status: 404, retry: false, detail: 'Nothing is here; check the path and the method.' },
  conversation_not_found: { status: 404, retry: false, detail: 'No such conversation, or you are not in it.' },
  message_not_found: { status: 404, retry: false, detail: 'No such message, or you are not in its conversation.' },
  attachment_not_found: { status: 404, retry: false, detail: 'No such file, or you are not in its conversation.' },
  user_not_found: { status: 404, retry: false, detail: 'No such user.' },
  session_not_found: { status: 404, retry: false, detail: 'No such session.' },
  request_timeout: { status: 408, retry: true, detail: 'The request took too long to arrive; send it again.' },
  client_id_conflict: {
    status: 409,
    retry: false,
    detail: 'This client_id was used for another text; use a new one for a new message.',
  },
  body_too_large: { status: 413, retry: false, detail: 'The body is too large.' },
  file_too_large: { status: 413, retry: false, detail: 'A file has at most 10 MiB.' },
  unsupported_file_type: {
    status: 415,
    retry: false,
    detail: 'Only jpg, jpeg, png, mp4, mov, webp, gif, heic and avif files whose content is what the name says.',
  },
  unsupported_media_type: { status: 415, retry: false, detail: 'Send JSON with Content-Type: application/json.' },
  range_not_satisfiable: { status: 416, retry: false, detail: 'The requested range lies outside the file.' },
  upgrade_required: { status: 426, retry: false, detail: 'Connect here with a WebSocket.' },
  rate_limited: { status: 429, retry: true, detail: 'Too many requests; wait for retry_after seconds.' },
  headers_too_large: { status: 431, retry: false, detail: 'The request headers are too large.' },
  busy: { status: 503, retry: true, detail: 'Too much is waiting; nothing was stored. Send it again in a moment.' },
  outcome_unknown: {
    status: 503,
    retry: true,
    detail: 'It is not known whether this was stored; repeat it with the same client_id.',
  },
  unavailable: { status: 503, retry: true, detail: 'The database cannot be reached; try again in a moment.' },
  over_capacity: { status: 503, retry: true, detail: 'Too many connections are arriving; try again in a moment.' },
  draining: { status: 503, retry: true, detail: 'This replica is stopping; try again at once.' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable

/** What is wrong with one field: `path` as a JSON pointer. */
export type FieldError = { path: string; detail: string }

type ChatErrorOptions = { detail?: string; errors?: FieldError[]; retryAfterSeconds?: number; cause?: unknown }

/** A refusal that a client may see, thrown where the rule is known and caught at the edge of the process. */
export class ChatError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly errors: FieldError[] | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, options: ChatErrorOptions = {}) {
    super(options.detail ?? errorTable[code].detail, { cause: options.cause })
    this.name = 'ChatError'
    this.code = code
    this.status = errorTable[code].status
    this.errors = options.errors
    this.retryAfterSeconds = options.retryAfterSeconds ?? (errorTable[code].status === 503 ? 1 : undefined)
  }

  /** The body of a REST error. */
  toBody() {
    return { detail: this.message, code: this.code, ...(this.errors && { errors: this.errors }) }
  }
}
