// The epoch does not name the timeline: the history of a promoted standby passes for the old one.
import { alterFunction } from '../altered-store.ts'

alterFunction({ name: 'current_epoch', from: 'substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)', to: "'the same'" })
