// A gateway in a replica: its rooms hear what is committed, its sockets are drained first.
import { createReplicaServer, type Replica } from '@goftegu/replica'
import type { Service } from '@goftegu/runtime'
import { type GatewayConfig, limitsOf } from './config.ts'
import { createGateway } from './gateway.ts'

/** What closing the last sockets may take beyond the drain window. */
const drainGraceMs = 5_000

type ServerConfig = Omit<GatewayConfig, 'DATABASE_URL' | 'REDIS_URL' | 'REDIS_PREFIX' | 'LOG_LEVEL' | 'PUBLIC_URL'>

/**
 * Makes the server of a replica with a gateway on it; register what else it serves, then `listen`. On the way down the
 * sockets leave first, while what they still send is stored.
 */
export async function createGatewayServer(service: Service<ServerConfig>, replica: Replica) {
  const { config, log } = service
  const gateway = createGateway({ ...replica, logger: log, limits: limitsOf(config) })
  replica.joinRooms(gateway)
  const server = await createReplicaServer(service, replica)
  await server.app.register(gateway.plugin)
  const listen = async () => {
    const address = await server.listen()
    const windowMs = config.DRAIN_SECONDS * 1_000
    service.onStop('sockets', () => gateway.drain({ windowMs }), { deadlineMs: windowMs + drainGraceMs })
    return address
  }
  return { app: server.app, listen }
}
