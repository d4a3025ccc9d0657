// After a backup was put back: numbers that are issued from now on belong to another history.
import { Database } from '@goftegu/database'

/** Renews the epoch of the database at `url`, so that nobody who saw the lost history believes to be up to date. */
export async function renewEpoch(url: string): Promise<void> {
  const database = new Database({ url })
  try {
    await database.pool.query('update installation set epoch_key = gen_random_uuid()')
  } finally {
    await database.close()
  }
}
