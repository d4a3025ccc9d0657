// Everything under /api/, as one Fastify plugin.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Accounts } from '@goftegu/accounts'
import type { Blobs } from '@goftegu/blobs'
import type { Limiter, Rate } from '@goftegu/bus'
import type { Chat } from '@goftegu/chat'
import type { Database } from '@goftegu/database'
import type { FastifyInstance } from 'fastify'
import { demandActor } from './actor.ts'
import { describeApi } from './openapi/routes.ts'
import { attachmentFileRoutes } from './routes/attachment-files.ts'
import { attachmentRoutes } from './routes/attachments.ts'
import { authRoutes } from './routes/auth.ts'
import type { AuthRates } from './routes/auth-limits.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { historyRoutes } from './routes/history.ts'
import { messageRoutes } from './routes/messages.ts'
import { readRoutes } from './routes/reads.ts'
import { shedLoad } from './shed-load.ts'

export type ApiOptions = {
  chat: Chat
  accounts: Accounts
  blobs: Blobs
  limiter: Limiter
  /** What requests wait for. */
  database: { pool: Pick<Database['pool'], 'expectedWaitMs'> }
  /** What absolute URLs begin with; a function, because the port may be known only after listening. */
  publicUrl: () => string
  registration: 'open' | 'closed'
  /** How often one user may change something by REST. */
  writeRate?: Rate
  /** How often somebody may try to log in or register. */
  authRates?: AuthRates
}

/** Generous to people and to tests, a bound to a loop gone wild: 20 a second in the long run, 200 at once. */
const usualWriteRate: Rate = { limit: 1_200, windowMs: 60_000, burst: 200 }

/** REST under `/api`; expects http's session plugin on the instance that it is registered on. */
export async function apiPlugin(root: FastifyInstance, options: ApiOptions): Promise<void> {
  await root.register(
    async instance => {
      const app = instance.withTypeProvider<TypeBoxTypeProvider>()
      // Answers are what chat returns, byte for byte; the schemas describe them, and tests hold them to it.
      app.setSerializerCompiler(() => data => JSON.stringify(data))
      await describeApi(app, options)
      shedLoad(app, () => options.database.pool.expectedWaitMs)
      const bounded = { ...options, writeRate: options.writeRate ?? usualWriteRate }
      await app.register(authRoutes, bounded)
      await app.register(chatRoutes, bounded)
    },
    { prefix: '/api' },
  )
}

async function chatRoutes(app: FastifyInstance, options: ApiOptions & { writeRate: Rate }): Promise<void> {
  demandActor(app, options.limiter, options.writeRate)
  await app.register(conversationRoutes, options)
  await app.register(historyRoutes, options)
  await app.register(messageRoutes, options)
  await app.register(readRoutes, options)
  await app.register(attachmentRoutes, options)
  await app.register(attachmentFileRoutes, options)
}
