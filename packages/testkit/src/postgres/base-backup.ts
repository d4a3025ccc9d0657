// A copy of a running cluster's data folder from which a server may be started.
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { type Workspace, writeInto } from '../processes/workspace.ts'

/**
 * Copies the folder `data` of the running server at `url` into the workspace `to`, as PostgreSQL's low-level API has it:
 * the embedded programs bring no `pg_basebackup`. Its end is what the server at `url` writes from then on.
 */
export async function baseBackup(url: string, data: string, to: Workspace): Promise<void> {
  const copy = join(to.folder, 'data')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query("select pg_backup_start('a copy', true)")
    await promisify(execFile)('cp', ['-a', data, copy], { cwd: to.folder, ...to.identity })
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
    writeInto(to, 'data/backup_label', rows[0]!.labelfile)
  } finally {
    await client.end()
  }
  await rm(join(copy, 'postmaster.pid'))
}
