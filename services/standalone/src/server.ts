// The whole of Goftegu in one process: what `npm start` runs.
import { registerApi } from '@goftegu/api'
import { migrate } from '@goftegu/database'
import { createGatewayServer } from '@goftegu/gateway'
import { openReplica, reasonOf } from '@goftegu/replica'
import { runService, type Service, StartError } from '@goftegu/runtime'
import { asksForHelp, readCommandLine, usage } from './command-line.ts'
import { readConfig } from './config.ts'
import { demoHint, demoNotice, ensureDemo } from './demo.ts'
import { frontPage } from './front-page.ts'
import { renewEpoch } from './new-epoch.ts'
import { startOwnDatabase } from './own-database.ts'
import { welcome } from './welcome.ts'

const args = process.argv.slice(2)

if (asksForHelp(args)) console.log(usage)
else await runService({ name: 'standalone', config: readAll, start })

function readAll() {
  const config = readConfig()
  return { ...config, ...readCommandLine(args, config) }
}

/** Each part adds its stop step when it is up; they run the other way round, so PostgreSQL goes last. */
async function start(service: Service<ReturnType<typeof readAll>>): Promise<void> {
  const { config } = service
  const own = config.DATABASE_URL ? undefined : await startOwnDatabase(service)
  const databaseUrl = config.DATABASE_URL ?? own!.url
  await migrateOrExplain(databaseUrl)
  if (config.newEpoch) await renewEpoch(databaseUrl)
  const replica = await openReplica(service, databaseUrl)
  const { app, listen } = await createGatewayServer(service, replica)
  await registerApi(service, app, replica)
  await app.register(frontPage, replica)
  const passwords = config.demo ? await ensureDemo(replica, config.DATA_DIR) : undefined
  const address = await listen()
  own?.tellAddress(address)
  console.log(welcome(address) + (passwords ? demoNotice(passwords, address) : demoHint))
}

async function migrateOrExplain(databaseUrl: string): Promise<void> {
  try {
    await migrate(databaseUrl)
  } catch (cause) {
    throw new StartError(`The database cannot be brought to this version's schema: ${reasonOf(cause)}`, { cause })
  }
}
