// A primary that dies, and the standby that takes its place behind the same address.
import { type Cleanup, eventually, PrivatePostgres, type TcpProxy, tcpProxy } from '@goftegu/testkit'

/** To have all that the primary has, on a busy machine. */
const followedWithinMs = 30_000

/** A primary behind an address that follows it, as a proxy or a provider's endpoint gives one. */
export class FollowedPostgres {
  /** Where the primary is now, for everybody: the database's URL is made from this. */
  readonly url: string
  readonly #address: TcpProxy
  /** The way from a primary to its standby. */
  readonly #replication: TcpProxy
  readonly #servers: PrivatePostgres[]

  private constructor(first: PrivatePostgres, address: TcpProxy, replication: TcpProxy, servers: PrivatePostgres[]) {
    this.url = address.urlFor(first.url)
    this.#address = address
    this.#replication = replication
    this.#servers = servers
  }

  static async start(life: Cleanup): Promise<FollowedPostgres> {
    const servers = [await PrivatePostgres.start()]
    // Those that are not there yet are ended here too: after all that uses the address.
    life.after(() => Promise.all(servers.map(server => server.close())))
    const [first] = servers as [PrivatePostgres]
    return new FollowedPostgres(first, await tcpProxy(life, first.url), await tcpProxy(life, first.url), servers)
  }

  /** Starts a standby of the present primary. */
  async addStandby(options: { isSynchronous: boolean }): Promise<void> {
    const primary = this.#servers.at(-1)!
    this.#replication.heal()
    this.#replication.pointTo(primary.url)
    const upstream = this.#replication.urlFor(primary.url)
    this.#servers.push(await primary.startStandby({ upstream, ...options }))
  }

  /**
   * From now on the standby lags. Answers since when, on the clock of `performance.now()`: what was acknowledged before,
   * the standby has.
   */
  async lag(): Promise<number> {
    const primary = this.#servers.at(-2)!
    let sinceMs = 0
    const hasAll = () => {
      sinceMs = performance.now()
      return primary.isFollowed()
    }
    await eventually(hasAll, { ms: followedWithinMs, everyMs: 5, what: 'the standby to have everything' })
    this.#replication.stall()
    return sinceMs
  }

  /** The primary crashes and stays away; the standby takes its place. `onPromoted` is called before anybody reaches it. */
  async failOver(onPromoted: () => void = () => {}): Promise<void> {
    const [primary, standby] = this.#servers.slice(-2) as [PrivatePostgres, PrivatePostgres]
    await primary.stop('immediate')
    await standby.promote()
    onPromoted()
    this.#address.pointTo(standby.url)
  }
}
