// Users, sessions and passwords: the part that an embedding product replaces.
export { type Accounts, type AccountsOptions, createAccounts, type OpenedSession } from './accounts.ts'
export { usernameKey } from './credentials.ts'
export { type Principal, type SessionEntry, sessionLifetimeSeconds } from './sessions.ts'
