// Finding people.
import type { Accounts } from '@goftegu/accounts'
import { ChatError, isStorable } from '@goftegu/protocol'
import type { RestInstance } from '../rest-instance.ts'
import { UsersCall } from './auth-schemas.ts'

export async function userRoutes(app: RestInstance, { accounts }: { accounts: Accounts }): Promise<void> {
  app.get('/users/', { schema: UsersCall }, async request => {
    const { search } = request.query
    if (!isStorable(search)) {
      throw new ChatError('invalid_query', { errors: [{ path: '/search', detail: 'must be text without NUL' }] })
    }
    return { results: await accounts.searchUsers(search) }
  })
}
