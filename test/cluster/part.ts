// One container of the cluster, and what can happen to it.
import { eventually } from '@goftegu/testkit'
import {
  type ContainerRuntimeClient,
  GenericContainer,
  getContainerRuntimeClient,
  type StartedNetwork,
  StartupCheckStrategy,
  type StartupStatus,
  Wait,
} from 'testcontainers'
import { ownerLabel } from './leftovers.ts'

export type PartOptions = {
  /** By which the others find it; several containers share one. */
  alias: string
  image: string
  network: StartedNetwork
  env?: Record<string, string>
  command?: string[]
  /** Ports that are reached from this machine: container's port to the one on loopback. */
  ports?: Record<number, number>
  /** Folders of this machine to read-only folders of the container. */
  mounts?: Record<string, string>
  /** Memory that is a folder: what the process may write to. Everything else is read-only then. */
  scratch?: string[]
  /** A command in it that succeeds once it serves, in its first life and in every later one. */
  ready: string
}

/** Generous: a busy machine is no failure. */
const readyWithinMs = 120_000
const freezeWithinMs = 30_000

/** `untilReady` waits, and shows what a part said that does not get there. */
class Created extends StartupCheckStrategy {
  override async checkStartupState(): Promise<StartupStatus> {
    return 'SUCCESS'
  }
}

/** Publishes on loopback alone, which testcontainers does not know how to say. */
class LoopbackContainer extends GenericContainer {
  publish(ports: Record<number, number>): this {
    const pairs = Object.entries(ports)
    this.withExposedPorts(...pairs.map(([container, host]) => ({ container: Number(container), host })))
    const bindings = pairs.map(([container, host]) => [
      `${container}/tcp`,
      [{ HostIp: '127.0.0.1', HostPort: String(host) }],
    ])
    this.hostConfig.PortBindings = Object.fromEntries(bindings)
    return this
  }

  readOnly(scratch: string[]): this {
    this.hostConfig.ReadonlyRootfs = true
    return this.withTmpFs(Object.fromEntries(scratch.map(folder => [folder, 'rw'])))
  }
}

function prepare(options: Omit<PartOptions, 'ready'>): GenericContainer {
  const { alias, image, network, env = {}, command, ports = {}, mounts = {}, scratch } = options
  const container = new LoopbackContainer(image)
    .withNetwork(network)
    .withNetworkAliases(alias)
    .withEnvironment(env)
    .withLabels({ [ownerLabel]: String(process.pid) })
    .withBindMounts(Object.entries(mounts).map(([source, target]) => ({ source, target, mode: 'ro' as const })))
    .publish(ports)
  if (command) container.withCommand(command)
  return scratch ? container.readOnly(scratch) : container
}

export class Part {
  readonly name: string
  readonly #options: PartOptions
  readonly #client: ContainerRuntimeClient
  readonly #id: string

  private constructor(name: string, options: PartOptions, client: ContainerRuntimeClient, id: string) {
    this.name = name
    this.#options = options
    this.#client = client
    this.#id = id
  }

  /** Starts it, and waits until it serves. @throws Error with its last words when it does not */
  static async start(name: string, options: PartOptions): Promise<Part> {
    const container = prepare(options).withWaitStrategy(new Created())
    const client = await getContainerRuntimeClient()
    const part = new Part(name, options, client, (await container.start()).getId())
    await part.untilReady()
    return part
  }

  /** Starts it, and waits until it has done what it is for. @throws Error when it fails */
  static async runToEnd(options: Omit<PartOptions, 'ready'>): Promise<void> {
    await prepare(options).withWaitStrategy(Wait.forOneShotStartup().withStartupTimeout(readyWithinMs)).start()
  }

  /** Sends SIGKILL to it, as `docker kill` does. */
  async kill(): Promise<void> {
    await this.#container.kill({ signal: 'SIGKILL' })
    await this.#container.wait()
  }

  /** Starts it again after `kill`. */
  async start(): Promise<void> {
    await this.#container.start()
  }

  /** Freezes every process in it: connections stay open, and nothing answers any more. */
  async pause(): Promise<void> {
    // Busy processes may not be frozen by the time that runc waits for it.
    const freeze = () => this.#container.pause().then(() => true)
    await eventually(freeze, { ms: freezeWithinMs, everyMs: 100, what: `${this.name} to be frozen` })
  }

  async unpause(): Promise<void> {
    await this.#container.unpause()
  }

  /** Pulls its cable: packets to and from it vanish, no connection is closed. */
  async disconnect(): Promise<void> {
    await this.#network.disconnect({ Container: this.#id, Force: true })
  }

  /** Plugs it in again, at whatever address is free by then. */
  async connect(): Promise<void> {
    const { alias } = this.#options
    await this.#network.connect({ Container: this.#id, EndpointConfig: { Aliases: [alias] } })
  }

  /** Its address in the network; '' while it is not plugged in. */
  async address(): Promise<string> {
    const { NetworkSettings } = await this.#container.inspect()
    return NetworkSettings.Networks[this.#options.network.getName()]?.IPAddress ?? ''
  }

  /** What a command in it printed. */
  async run(command: string[]): Promise<string> {
    return (await this.#client.container.exec(this.#container, command)).stdout
  }

  /** Waits until it serves. @throws Error with its last words */
  async untilReady(): Promise<void> {
    const waiting = Wait.forSuccessfulCommand(this.#options.ready).withStartupTimeout(readyWithinMs)
    try {
      await waiting.waitUntilReady(this.#container)
    } catch (cause) {
      throw new Error(`${this.name} is not ready; it said:\n${(await this.log()).slice(-4_000)}`, { cause })
    }
  }

  /** What it printed so far. */
  async log(): Promise<string> {
    const bytes = await this.#container.logs({ stdout: true, stderr: true, follow: false })
    return bytes.toString()
  }

  get #container() {
    return this.#client.container.getById(this.#id)
  }

  get #network() {
    return this.#client.network.getById(this.#options.network.getId())
  }
}
