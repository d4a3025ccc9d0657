// Registering, logging in and out, and what users see and change of their own account.
import type { Accounts } from '@goftegu/accounts'
import type { Limiter, Rate } from '@goftegu/bus'
import { ChatError } from '@goftegu/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { demandActor } from '../actor.ts'
import type { RestInstance } from '../rest-instance.ts'
import { type AuthRates, authLimits, usualAuthRates } from './auth-limits.ts'
import * as schemas from './auth-schemas.ts'
import { sessionRoutes } from './auth-sessions.ts'
import { userRoutes } from './users.ts'

export type AuthOptions = {
  accounts: Accounts
  limiter: Limiter
  registration: 'open' | 'closed'
  /** How often one user may change something by REST, the account included. */
  writeRate: Rate
  authRates?: AuthRates
}

/** Everything under `/auth` and `/users`; register it outside of what demands a session. */
export async function authRoutes(app: RestInstance, options: AuthOptions): Promise<void> {
  const { accounts, limiter, registration } = options
  const limits = authLimits(limiter, options.authRates ?? usualAuthRates)
  app.addHook('onSend', forbidStoring)

  app.post('/auth/register/', { schema: schemas.RegisterCall }, async (request, reply) => {
    if (registration === 'closed') throw new ChatError('registration_closed')
    await limits.register(request.ip)
    const opened = await accounts.register(request.body)
    return answerOpened(reply.code(201), opened, request.body.token)
  })

  app.post('/auth/login/', { schema: schemas.LoginCall }, async (request, reply) => {
    await limits.login(request.ip, request.body.username)
    const opened = await accounts.login(request.body)
    return answerOpened(reply, opened, request.body.token)
  })

  await app.register(async (inside: RestInstance) => {
    demandActor(inside, limiter, options.writeRate)
    await inside.register(sessionRoutes, { accounts, limits })
    await inside.register(userRoutes, { accounts })
  })
}

type Opened = Awaited<ReturnType<Accounts['login']>>

/** The user, with the cookie; and with the token where the client asked for it. */
function answerOpened(reply: FastifyReply, { user, token }: Opened, wantsToken = false) {
  reply.setSessionCookie(token)
  return reply.send(wantsToken ? { ...user, token } : user)
}

/** Tokens and profiles belong in no cache. */
async function forbidStoring(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('cache-control', 'no-store')
}
