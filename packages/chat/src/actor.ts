// Who does something: all that chat knows of a session.

/** The user behind a request or socket. `is_staff` as the session's last check saw it. */
export type Actor = { id: number; is_staff: boolean }
