// The API as a process of its own: what `npm run api` runs.
import { setTimeout } from 'node:timers/promises'
import { createReplicaServer, openReplica } from '@goftegu/replica'
import { runService, type Service } from '@goftegu/runtime'
import { type ApiConfig, readConfig } from './config.ts'
import { registerApi } from './start.ts'

/** A balancer that asks `/readyz` each second, and after a refusal again at once, has seen two by then. */
const noticeMs = 2_000

await runService({ name: 'api', config: readConfig, start })

async function start(service: Service<ApiConfig>): Promise<void> {
  const replica = await openReplica(service, service.config.DATABASE_URL)
  const { app, listen } = await createReplicaServer(service, replica)
  await registerApi(service, app, replica)
  const address = await listen()
  // A balancer keeps connections, and may send a request in the moment in which we close one: nobody could say whether it
  // was taken. So they stay open until the balancer knows, and sends nothing more.
  if (service.config.TRUSTED_PROXIES.length > 0) service.onStop('balancer notices', () => setTimeout(noticeMs))
  service.log.info({ address }, 'ready')
}
