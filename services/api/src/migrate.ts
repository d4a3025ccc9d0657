// Brings the database to this version's schema: what `npm run migrate` runs, before the new version starts.
import { migrate } from '@goftegu/database'
import { reasonOf } from '@goftegu/replica'
import { ConfigError } from '@goftegu/runtime'
import { readMigrateConfig } from './config.ts'

try {
  const { DATABASE_URL } = readMigrateConfig()
  const names = await migrate(DATABASE_URL)
  for (const name of names) console.log(`migrated ${name}`)
  console.log(names.length === 0 ? 'The database is up to date.' : `${names.length} migrations were run.`)
} catch (error) {
  const cause = reasonOf(error)
  console.error(error instanceof ConfigError ? error.message : `The migration failed and was rolled back: ${cause}`)
  process.exitCode = 1
}
