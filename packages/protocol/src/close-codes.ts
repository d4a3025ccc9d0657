// Why the server closes a socket, and what its client does then.

/** WebSocket close codes that the server sends. */
export const closeCodes = {
  /** The drain window is over: reconnect at once. */
  goingAway: 1001,
  /** A frame that breaks RFC 6455; `ws` decides on it. */
  protocolError: 1002,
  /** A binary frame: do not come back with one. */
  unsupportedData: 1003,
  /** Text that is not UTF-8. */
  invalidUtf8: 1007,
  /** A broken rule that has no code of its own. */
  policyViolation: 1008,
  /** A frame above `maxFrameBytes`. */
  frameTooLarge: 1009,
  /** Restarting: reconnect after the delay in the reason, bare decimal milliseconds. */
  restarting: 1012,
  /** The session ended: log in again. */
  sessionEnded: 4401,
  /** No longer a participant: do not come back. */
  notAParticipant: 4403,
  /** Too slow a reader: reconnect with `since`. */
  slowReader: 4408,
  /** Flooding: slow down, then reconnect. */
  flooding: 4429,
} as const

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]
