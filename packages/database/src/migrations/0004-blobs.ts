// The bytes of attachments, for installations that keep them in PostgreSQL.
import { type Kysely, sql } from 'kysely'

/*
 * EXTERNAL: pictures and films are compressed already, and a part of an uncompressed value is read without the rest.
 * A chunk is found by the place of its first byte, so that a later version may cut larger or smaller ones.
 */
const tables = [
  sql`create table blobs (
    key text collate "C" primary key,
    byte_size bigint,
    touched_at timestamptz not null default clock_timestamp()
  ) with (fillfactor = 70)`,
  sql`comment on column blobs.byte_size is 'null until the last byte is there: nobody is shown the blob before'`,
  // By a column that does not change meanwhile, so that noting each new byte stays a HOT update.
  sql`create index blobs_unfinished on blobs (key) where byte_size is null`,
  sql`create table blob_chunks (
    blob_key text collate "C" not null references blobs on delete cascade,
    first_byte bigint not null,
    bytes bytea not null,
    primary key (blob_key, first_byte)
  )`,
  sql`alter table blob_chunks alter column bytes set storage external`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of tables) await statement.execute(db)
}
