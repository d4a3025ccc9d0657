// PostgreSQL: pool, tables, migrations, epoch, transactions. No rule of chat.
export { Database, type DatabaseOptions, type Db } from './database.ts'
export { asUnavailable, codeOf, isRefusal, isRolledBack, isUnavailable } from './failures.ts'
export { knownMigrations, migrate, pendingMigrations } from './migrate.ts'
export { type SchemaStanding, schemaStanding } from './schema-standing.ts'
export { SharedSessionError } from './session.ts'
export type { ChangeData, Tables } from './tables.ts'
export { type HeadOf, type LockedHead, type Tx, withHead } from './transactions.ts'
