// The gateway as a process of its own: what `npm run gateway` runs.
import { openReplica } from '@goftegu/replica'
import { runService, type Service } from '@goftegu/runtime'
import { type GatewayConfig, readConfig } from './config.ts'
import { createGatewayServer } from './start.ts'

await runService({ name: 'gateway', config: readConfig, start })

async function start(service: Service<GatewayConfig>): Promise<void> {
  const replica = await openReplica(service, service.config.DATABASE_URL)
  const { listen } = await createGatewayServer(service, replica)
  service.log.info({ address: await listen() }, 'ready')
}
