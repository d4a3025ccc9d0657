// What a crowd needs to know of an installation, wherever its processes run: addresses, and the database for the judge.
import type { Database } from '@goftegu/database'

/** A way in for sockets: a gateway's own address, or a load balancer's. */
export type Entrance = {
  /** `http://host:port`; it may change with every life of what is behind it. */
  readonly url: string
}

export type Deployment = {
  /** Where REST is; absolute URLs in answers begin with it. */
  apiUrl: string
  /** A client that loses one goes to the next. */
  entrances: readonly Entrance[]
  /** Read by the judge, and written to for what has no REST yet. */
  database: Database
  /** Over which all replicas hear each other; absent where one process is the whole deployment. */
  redis?: { url: string; prefix: string }
}
