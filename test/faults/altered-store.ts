// For sabotage: functions of the database that a service connects to, altered before the service uses it.
import { Database } from '@goftegu/database'

type Alteration = { name: 'post_messages' | 'current_epoch'; from: string; to: string; also?: string }

/**
 * Every further `Database` replaces `from` by `to` in the function's text when it connects, and does `also` in SQL.
 * @throws Error (at the connection) where the text is not there any more
 */
export function alterFunction({ name, from, to, also = '' }: Alteration): void {
  const { connect } = Database.prototype
  Database.prototype.connect = async function () {
    await connect.call(this)
    const client = await this.pool.connect()
    try {
      // One after the other: services start side by side.
      await client.query(`begin; select pg_advisory_xact_lock(hashtext('${name}'))`)
      const { rows } = await client.query<{ source: string }>(`select pg_get_functiondef('${name}'::regproc) as source`)
      const { source } = rows[0]!
      if (!source.includes(to)) {
        if (!source.includes(from)) throw new Error(`${name}() has no "${from}" any more: alter it anew`)
        await client.query(`${source.replace(from, to)}; ${also}`)
      }
      await client.query('commit')
    } finally {
      client.release()
    }
  }
}
