// Those who do not read: slow, stalled, vanished. What they cost, until when, and what the others notice.
import { setTimeout as delay } from 'node:timers/promises'
import { heartbeatSeconds, pongDeadlineSeconds } from '@goftegu/protocol'
import type { Cleanup } from '@goftegu/testkit'
import { inReverse } from '../../replicas/in-reverse.ts'
import { startInstallation } from '../../replicas/installation.ts'
import { KernelSockets } from './kernel-sockets.ts'
import { MemoryWatch } from './memory.ts'
import { misbehave, type PeerOptions } from './peer.ts'
import { Room, type RoomOptions } from './room.ts'
import { broken, foundBy, type Overload, quantile, tenths } from './scenario.ts'

type Case = {
  name: string
  peers: number
  peer: PeerOptions
  room: Pick<RoomOptions, 'listeners' | 'writes'>
  /** How long it may take until each of them is let go of. */
  freeWithinMs: number
}

const calmMs = 8_000
/** For a timer that is late, and for looking four times a second. */
const lookMs = 2_000
const heartbeatMs = (heartbeatSeconds + pongDeadlineSeconds) * 1_000

/** Twenty that read 1 kB/s, and say all the while that they live, in a room with 200 kB/s. */
export function slowReaders(t: Cleanup): Promise<Overload> {
  return run(t, {
    ...{ name: 'slow readers, 1 kB/s', peers: 20, peer: { reads: true, talks: true } },
    room: { listeners: 30, writes: { perSecond: 20, bytes: 9_900 } },
    freeWithinMs: 120_000,
  })
}

/** One that stops to read in a room of 1,000. */
export function stalledReader(t: Cleanup): Promise<Overload> {
  return run(t, {
    ...{ name: 'a stalled reader among 1,000', peers: 1, peer: { reads: false, talks: false } },
    room: { listeners: 999, writes: { perSecond: 1, bytes: 200 } },
    freeWithinMs: heartbeatMs + lookMs,
  })
}

/** A hundred that vanish without a FIN. */
export function halfOpenSockets(t: Cleanup): Promise<Overload> {
  return run(t, {
    ...{ name: 'half-open sockets', peers: 100, peer: { reads: false, talks: false } },
    room: { listeners: 50, writes: { perSecond: 10, bytes: 1_000 } },
    freeWithinMs: heartbeatMs + lookMs,
  })
}

async function run(t: Cleanup, { name, peers, peer, room: options, freeWithinMs }: Case): Promise<Overload> {
  const life = inReverse(t)
  const installation = await startInstallation(life)
  const { url } = installation.gateways[0]!
  const room = await Room.open(life, installation, { ...options, others: peers })
  const [memory, kernel] = [new MemoryWatch(life, url), new KernelSockets(life, url)]
  await delay(calmMs / 2) // what is compiled and connected first
  memory.most = await memory.now()
  const calmFromMs = performance.now()
  await delay(calmMs)
  const before = await memory.now()
  const calmMost = memory.most
  memory.most = before
  const faultFromMs = performance.now()
  const at = { url, conversationId: room.id }
  kernel.follow(await Promise.all(room.others.map(person => misbehave(life, at, person, peer))))
  const left = await kernel.freed(freeWithinMs)
  const faultToMs = performance.now()
  await delay(calmMs)
  const after = await memory.now()
  const verdict = await room.settle()
  const [calm, fault] = [room.delivery(calmFromMs, faultFromMs), room.delivery(faultFromMs, faultToMs)]
  const healed = room.delivery(faultToMs, faultToMs + calmMs)
  const perPeerMiB = Math.max(0, memory.most.buffersMiB - calmMost.buffersMiB) / peers
  const freed = [...kernel.freedMs.values()]
  return {
    name,
    figures: {
      'bad sockets': peers,
      'freed after s, p50 / max': `${tenths(quantile(freed, 0.5) / 1_000)} / ${tenths(quantile(freed, 1) / 1_000)}`,
      'resident MiB before / most / after': `${before.residentMiB} / ${memory.most.residentMiB} / ${after.residentMiB}`,
      'buffers MiB most before / most / after': `${calmMost.buffersMiB} / ${memory.most.buffersMiB} / ${after.buffersMiB}`,
      'buffers MiB per bad socket': Math.round(perPeerMiB * 100) / 100,
      'in the kernel per bad socket, most KiB': Math.round(kernel.mostQueuedBytes / 1024),
      'delivery ms p50 / p99 before': `${calm.p50} / ${calm.p99}`,
      '… with them': `${fault.p50} / ${fault.p99}`,
      '… after them': `${healed.p50} / ${healed.p99}`,
      'p99 with ÷ before': tenths(fault.p99 / calm.p99),
    },
    told: {
      'our buffers per bad socket, MiB': Math.round(perPeerMiB * 100) / 100,
      'in the kernel, KiB': Math.round(kernel.mostQueuedBytes / 1024),
      "the others' p99 before, ms": calm.p99,
      'with them, ms': fault.p99,
      'after them, ms': healed.p99,
    },
    verdict: [
      ...foundBy(verdict),
      ...broken({
        'each bad socket is let go of in time': left === 0,
        'nobody else is closed': room.closed.length === 0,
        'no send is refused': room.refusals.length === 0,
        'a bad socket costs no more than 1 MiB of our memory': perPeerMiB <= 1,
      }),
    ],
    counts: verdict.counts(),
    acknowledged: room.acknowledged,
  }
}
