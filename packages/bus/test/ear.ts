// Listens to a broker from the moment it is made, and waits for what it should hear.
import { within } from '@goftegu/testkit'
import type { Broker, BrokerSignal } from '../src/index.ts'

/** Long enough for a busy machine: whoever judges how soon something is heard asks for its reason, or its order. */
const patienceMs = 10_000

export class Ear {
  readonly messages: { channel: string; payload: Buffer }[] = []
  readonly signals: BrokerSignal[] = []
  #waiting: (() => void)[] = []
  #read = 0

  constructor(broker: Broker) {
    broker.onMessage((channel, payload) => {
      this.messages.push({ channel, payload: Buffer.from(payload) })
      this.#wake()
    })
    broker.onSignal(signal => {
      this.signals.push(signal)
      this.#wake()
    })
  }

  /** Texts heard so far on a channel, in order. */
  texts(channel: string): string[] {
    return this.messages.filter(message => message.channel === channel).map(({ payload }) => payload.toString())
  }

  /** Waits until `text` was heard on `channel`. */
  async message(channel: string, text: string, ms = patienceMs): Promise<void> {
    await this.until(() => this.texts(channel).includes(text), ms, `"${text}" on ${channel}`)
  }

  /** Waits for the next signal of a type; signals before it are passed over, and not found again. */
  async signal<T extends BrokerSignal['type']>(type: T, ms = patienceMs): Promise<Extract<BrokerSignal, { type: T }>> {
    const isOfType = (signal: BrokerSignal): signal is Extract<BrokerSignal, { type: T }> => signal.type === type
    const find = () => this.signals.slice(this.#read).find(isOfType)
    await this.until(() => find() !== undefined, ms, `signal ${type}`)
    const signal = find() as Extract<BrokerSignal, { type: T }>
    this.#read = this.signals.indexOf(signal, this.#read) + 1
    return signal
  }

  async until(claim: () => boolean, ms: number, what: string): Promise<void> {
    const waiting = async () => {
      while (!claim()) {
        const { promise, resolve } = Promise.withResolvers<void>()
        this.#waiting.push(resolve)
        await promise
      }
    }
    await within(waiting(), ms, () => `${what}; heard ${JSON.stringify([this.signals, this.messages.slice(-5)])}`)
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
