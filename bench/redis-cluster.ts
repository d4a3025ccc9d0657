// After each thing that can happen to a Redis Cluster: seconds until everything is heard again, and what was missed.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { conversationChannel, createBroker } from '@goftegu/bus'
import { eventually, NumberedTraffic, PrivateCluster } from '@goftegu/testkit'

const usage = `Usage: npm run bench:redis-cluster -- [options]
  --times N     how often each thing happens (5)
  --timeout N   cluster-node-timeout in ms (1500): Redis itself takes that long, and more, to replace a master
  --channels N  subscribed at once (100000)`

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '5' },
    timeout: { type: 'string', default: '1500' },
    channels: { type: 'string', default: '100000' },
    help: { type: 'boolean', default: false },
  },
})

type Outcome = { fault: string; tookMs: number; missed: number; untold: number; longestMs: number }

/** 60 channels, some in every shard, whose slots are those of the first 60 buckets. */
const watched = Array.from({ length: 60 }, (_, id) => conversationChannel(id + 1))

/** Each answers when the harm is done. */
const faults: [name: string, harm: (cluster: PrivateCluster) => Promise<unknown>][] = [
  ['a master is killed', async cluster => (await aMaster(cluster)).server.kill()],
  ['a master is frozen', async cluster => (await aMaster(cluster)).server.pause()],
  ['20 slots move', moveSome],
  ['CLUSTER FAILOVER', async cluster => cluster.failOver(await aMaster(cluster))],
  ['all nodes restart', restartAll],
  ['a master is added, 20 slots move', async cluster => moveSome(cluster, await cluster.add())],
]

if (values.help) console.log(usage)
else {
  await measureSubscribing(Number(values.channels))
  const outcomes: Outcome[] = []
  for (const [fault, harm] of faults) {
    const cluster = await PrivateCluster.start({ nodeTimeoutMs: Number(values.timeout) })
    try {
      const times = fault.includes('added') ? 1 : Number(values.times)
      for (let n = 0; n < times; n += 1) outcomes.push(await measure(cluster, fault, harm))
    } finally {
      await cluster.close()
    }
  }
  print(outcomes)
}

async function aMaster(cluster: PrivateCluster) {
  const masters = await cluster.masters()
  return masters[Math.floor(Math.random() * masters.length)]!
}

async function restartAll(cluster: PrivateCluster): Promise<void> {
  await Promise.all(cluster.nodes.map(({ server }) => server.kill()))
  await Promise.all(cluster.nodes.map(({ server }) => server.startAgain()))
}

/** Slots of watched channels, from a master that has some, to another. */
async function moveSome(cluster: PrivateCluster, target?: Awaited<ReturnType<PrivateCluster['add']>>): Promise<void> {
  const masters = (await cluster.masters()).filter(node => node !== target)
  const tags = watched.map((_, id) => `{${id + 1}}`)
  const slots = await Promise.all(tags.map(tag => masters[0]!.client.cluster('KEYSLOT', tag)))
  for (const [index, from] of masters.entries()) {
    const ranges = await cluster.rangesOf(from)
    const served = slots.filter(slot => ranges.some(([first, last]) => slot >= first && slot <= last)).slice(0, 20)
    if (served.length < 20 && index < masters.length - 1) continue
    return cluster.moveSlots(served, from, target ?? masters[(index + 1) % masters.length]!)
  }
}

async function measure(
  cluster: PrivateCluster,
  fault: string,
  harm: (cluster: PrivateCluster) => Promise<unknown>,
): Promise<Outcome> {
  const brokers = ['ann', 'ben'].map(replicaId =>
    createBroker({ url: cluster.url, prefix: 'bench:', replicaId, onError: () => undefined }),
  )
  const [ann, ben] = [brokers[0]!, brokers[1]!]
  await Promise.all(brokers.map(broker => broker.start()))
  await ben.subscribe(watched)
  await eventually(() => ann.hears() && ben.hears(), { ms: 10_000, what: 'the bus' })
  const traffic = new NumberedTraffic(watched, ann, ben)
  traffic.begin()
  try {
    await traffic.allHeard()
    traffic.forgetTold()
    await harm(cluster)
    const tookMs = await traffic.allHeard()
    await eventually(() => ann.hears() && ben.hears(), { ms: 20_000, what: 'the bus' })
    await traffic.allHeard()
    const { missed, longestMs } = traffic
    return { fault, tookMs, missed, untold: traffic.untold.length, longestMs }
  } finally {
    await traffic.end()
    await Promise.all(brokers.map(broker => broker.close()))
    await cluster.recovered()
  }
}

async function measureSubscribing(count: number): Promise<void> {
  const cluster = await PrivateCluster.start({ replicas: 0 })
  const broker = createBroker({ url: cluster.url, prefix: 'bench:', replicaId: 'ann', onError: console.error })
  await broker.start()
  const channels = Array.from({ length: count }, (_, id) => conversationChannel(id))
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  const cpuBefore = process.cpuUsage()
  const beganMs = performance.now()
  await broker.subscribe(channels)
  await eventually(() => broker.hears(), { ms: 60_000, everyMs: 1, what: 'all to be heard' })
  const tookMs = performance.now() - beganMs
  const { user, system } = process.cpuUsage(cpuBefore)
  await new Promise(resolve => setTimeout(resolve, 50))
  delays.disable()
  console.log(
    `${count} channels: subscribed in ${seconds(tookMs)} s (${seconds((user + system) / 1_000)} s of CPU), longest stall ${Math.round(delays.max / 1e6)} ms`,
  )
  await broker.close()
  await cluster.close()
}

function print(outcomes: readonly Outcome[]): void {
  const rows = [...Map.groupBy(outcomes, ({ fault }) => fault)].map(([fault, all]) => {
    const sorted = all.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
    return {
      fault,
      n: all.length,
      'all heard again, p50 s': seconds(sorted[Math.floor(sorted.length / 2)]!),
      'max s': seconds(sorted.at(-1)!),
      'missed by the bus': all.reduce((sum, { missed }) => sum + missed, 0),
      'channels not told': all.reduce((sum, { untold }) => sum + untold, 0),
      'longest publish ms': Math.round(Math.max(...all.map(({ longestMs }) => longestMs))),
    }
  })
  console.table(rows)
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2)
}
