// Ends with 0 once the database has this version's schema: what stands before a new version where another migrates it.
import { setTimeout as delay } from 'node:timers/promises'
import { pendingMigrations } from '@goftegu/database'
import { ConfigError } from '@goftegu/runtime'
import { readMigrateConfig } from './config.ts'

const pollMs = 2_000
const migrated = 'The schema is there.'

// As the first process of a container it would not be ended by a signal that nobody handles.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

try {
  await untilMigrated(readMigrateConfig().DATABASE_URL)
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

async function untilMigrated(url: string): Promise<void> {
  for (let said = ''; ; await delay(pollMs)) {
    const now = await stateOf(url)
    if (now !== said) console.log(now)
    if (now === migrated) return
    said = now
  }
}

async function stateOf(url: string): Promise<string> {
  try {
    const pending = await pendingMigrations(url)
    return pending.length === 0 ? migrated : `Waiting for ${pending.join(', ')}`
  } catch (error) {
    return `Waiting for PostgreSQL: ${error instanceof Error ? error.message : String(error)}`
  }
}
