// A broker that loses, repeats and delays what it carries, as the dice say.
import type { Broker, MessageListener } from '@goftegu/bus'

export type Weather = { lose: number; repeat: number; delay: number; delayMs: number }

/** Passes everything on but messages of conversations, which fare as `weather` says: shares of 1. */
export function badBus(broker: Broker, weather: Weather, random: () => number = Math.random): Broker {
  const spoil = (listener: MessageListener): MessageListener => {
    return (channel, payload) => {
      if (!channel.startsWith('conv:') || payload.length === 0) return listener(channel, payload)
      if (random() < weather.lose) return
      const copy = Buffer.from(payload)
      if (random() < weather.repeat) setTimeout(() => listener(channel, copy), random() * weather.delayMs)
      if (random() < weather.delay) setTimeout(() => listener(channel, copy), random() * weather.delayMs)
      else listener(channel, payload)
    }
  }
  return {
    publish: (channel, payload) => broker.publish(channel, payload),
    hears: channel => broker.hears(channel),
    renew: channels => broker.renew(channels),
    subscribe: channels => broker.subscribe(channels),
    unsubscribe: channels => broker.unsubscribe(channels),
    onMessage: listener => broker.onMessage(spoil(listener)),
    onSignal: listener => broker.onSignal(listener),
    start: () => broker.start(),
    close: () => broker.close(),
    get state() {
      return broker.state
    },
    get replicas() {
      return broker.replicas
    },
  }
}
