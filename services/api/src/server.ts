// The API as a process of its own: what `npm run api` runs.
import { createReplicaServer, openReplica } from '@goftegu/replica'
import { runService, type Service } from '@goftegu/runtime'
import { type ApiConfig, readConfig } from './config.ts'
import { registerApi } from './start.ts'

await runService({ name: 'api', config: readConfig, start })

async function start(service: Service<ApiConfig>): Promise<void> {
  const replica = await openReplica(service, service.config.DATABASE_URL)
  const { app, listen } = await createReplicaServer(service, replica)
  await registerApi(service, app, replica)
  service.log.info({ address: await listen() }, 'ready')
}
