// The caller's own account: profile, password, and the sessions that are open.
import type { Accounts } from '@goftegu/accounts'
import { ChatError, parseId } from '@goftegu/protocol'
import type { RestInstance } from '../rest-instance.ts'
import type { AuthLimits } from './auth-limits.ts'
import * as schemas from './auth-schemas.ts'

export async function sessionRoutes(
  app: RestInstance,
  { accounts, limits }: { accounts: Accounts; limits: AuthLimits },
): Promise<void> {
  app.get('/auth/me/', { schema: schemas.MeCall }, async request => (await request.authenticate()).user)

  app.patch('/auth/me/', { schema: schemas.PatchMeCall }, async request =>
    accounts.updateMe(await request.authenticate(), request.body),
  )

  app.post('/auth/password/', { schema: schemas.PasswordCall }, async (request, reply) => {
    const principal = await request.authenticate()
    await limits.password(principal.user.id)
    await accounts.changePassword(principal, request.body.current, request.body.new)
    return reply.code(204).send(null)
  })

  app.post('/auth/logout/', { schema: schemas.LogoutCall }, async (request, reply) => {
    const principal = await request.authenticate()
    if (request.query.everywhere === 'true') await accounts.logoutEverywhere(principal)
    else await accounts.logout(principal)
    reply.clearSessionCookie()
    return reply.code(204).send(null)
  })

  app.get('/auth/sessions/', { schema: schemas.SessionsCall }, async request => {
    const sessions = await accounts.listSessions(await request.authenticate())
    const results = sessions.map(session => ({
      ...session,
      created_at: session.created_at.toISOString(),
      last_used_at: session.last_used_at.toISOString(),
    }))
    return { results }
  })

  app.delete('/auth/sessions/:id/', { schema: schemas.EndSessionCall }, async (request, reply) => {
    const id = parseId(request.params.id)
    if (id === null) throw new ChatError('session_not_found')
    const principal = await request.authenticate()
    await accounts.endSession(principal, id)
    if (id === principal.session_id) reply.clearSessionCookie()
    return reply.code(204).send(null)
  })
}
