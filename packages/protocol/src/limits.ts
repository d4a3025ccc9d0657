// Every number of the wire, with its unit and where it comes from.

/** Longest message, in code points, judged after trimming its ends. */
export const maxContentCodePoints = 10_000
/** Longest `client_id`, in code points. */
export const maxClientIdCodePoints = 64
/** Keys that the server makes begin with this; a client's may not. */
export const serverKeyPrefix = '~'
/** Largest attachment, in bytes (10 MiB). */
export const maxAttachmentBytes = 10 * 1024 * 1024
/** File name endings that an attachment may have. */
export const attachmentExtensions = ['jpg', 'jpeg', 'png', 'mp4', 'mov', 'webp', 'gif', 'heic', 'avif'] as const
/** Largest frame from a client, in bytes: 10,000 emoji escaped as JSON take 120,000. */
export const maxFrameBytes = 128 * 1024
/** Most fragments of one client message. */
export const maxFrameFragments = 64
/** Messages of a history page: the default and the most. */
export const pageSize = 50
export const maxPageSize = 100
/** Most changes that a resume replays; further behind, the client gets `resync`. */
export const maxReplayChanges = 10_000
/** A client that heard nothing for this long sends `ping` (seconds). */
export const heartbeatSeconds = 25
/** …and holds the connection for dead after this much more (seconds). */
export const pongDeadlineSeconds = 10
/** A typing notice ends by itself after this long (milliseconds). */
export const typingTimeoutMs = 6_000
/** Most participants of a group. */
export const maxParticipants = 1_000
/** Longest title of a group, in code points. */
export const maxTitleCodePoints = 200
/** Where counting unread messages stops. */
export const maxUnreadCount = 100
/** Most users that a search answers. */
export const maxSearchResults = 20
/** Characters of a username and of a password. */
export const maxUsernameCodePoints = 150
export const minPasswordCodePoints = 8
export const maxPasswordCodePoints = 128
/** Frames a second that a socket may send, and how many at once. */
export const framesPerSecond = 10
export const frameBurst = 20
/** A socket is closed with 4429 after this many refused frames… */
export const floodFrames = 100
/** …within this long (milliseconds). */
export const floodWindowMs = 10_000
