// current_epoch(): which history the numbers of a conversation belong to.
import { type Kysely, sql } from 'kysely'

/*
 * The timeline comes from the current WAL file, because the control file lags a promotion; in recovery
 * pg_current_wal_lsn() fails, which is right: nobody may read heads from a replica.
 */
const currentEpoch = sql`
create function current_epoch() returns text language sql stable parallel restricted as $$
  select substr(encode(sha256(convert_to(concat_ws('/',
           (select system_identifier from pg_control_system()),
           substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
           (select oid from pg_database where datname = current_database()),
           (select epoch_key from installation)), 'UTF8')), 'hex'), 1, 16)
$$`

export async function up(db: Kysely<unknown>): Promise<void> {
  await currentEpoch.execute(db)
}
