// The description of this API for tools, made of the schemas that validate it.
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { finishDocument } from './document.ts'

/** Must be registered before the routes that it describes. */
export async function describeApi(app: FastifyInstance, { publicUrl }: { publicUrl: () => string }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Goftegu',
        description: 'Chat over REST. The socket, the order of events and every error are in docs/protocol.md.',
        version: '0.1.0',
      },
      components: {
        securitySchemes: {
          cookie: { type: 'apiKey', in: 'cookie', name: 'sessionid' },
          bearer: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ cookie: [] }, { bearer: [] }],
    },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => finishDocument(app.swagger(), publicUrl()))
}
