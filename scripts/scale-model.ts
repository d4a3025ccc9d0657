// From measured costs and a traffic model to machines, and to what breaks first.

/** What `npm run bench:costs` measures; CPU in seconds of one core. */
export type Costs = {
  measured: string
  machine: string
  gatewayBaseBytes: number
  gatewayBytesPerSocket: number
  gatewayCpuPerUpgrade: number
  gatewayCpuPerDelivery: number
  gatewayCpuPerMessageGrouped: number
  gatewayCpuPerMessageAlone: number
  postgresCpuPerUpgrade: number
  postgresCpuPerMessageGrouped: number
  postgresCpuPerMessageAlone: number
  postgresCpuPerRequest: number
  postgresCpuPerComparedHead: number
  walBytesPerMessageAlone: number
  storedBytesPerMessage: number
  redisCpuPerPublish: number
  apiCpuPerRequest: number
}

/** What people do. A socket is one conversation that somebody has open. */
export const traffic = {
  messagesPerSocketAndDay: 40,
  /** The busiest minute against the mean. */
  peakFactor: 3,
  /** Sockets that hear a message, its sender's included. */
  socketsInRoom: 4,
  /** Read positions that are stored, and typing notices that are not, for each message. */
  readsPerMessage: 2,
  typingPerMessage: 2,
  /** How long a socket stays, and what the API is asked when one is opened. */
  socketMinutes: 30,
  requestsPerOpening: 2,
}

/** How parts are run. */
export const plan = {
  /** Of each core at the peak; the rest is for failures. */
  usedShare: 0.5,
  /** What `deploy/kubernetes` requests for a gateway. */
  gatewayMemoryBytes: 768 * 1024 ** 2,
  /** They come back within a minute at the default of UPGRADES_PER_SECOND (200), and more were not measured in one process. */
  socketsPerGateway: 10_000,
  /** Costs of deliveries and publications were measured under full load, where many share one write; alone they cost more. */
  alone: 4,
  connectionsPerProcess: 18,
  canariesPerSecond: 4,
  comparisonSeconds: 10,
  processesPerMachine: 7,
  machine: '8 cores, 16 GiB',
}

/** What one installation can have: one primary of 64 cores, and Redis masters that each hear every canary. */
export const limits = {
  'PostgreSQL: cores of the primary': 64,
  'PostgreSQL: WAL, MB/s': 200,
  'PostgreSQL: connections': 5_000,
  'Redis: canaries, which every process hears of every other, in cores of one master': 1,
  'Redis: masters of a cluster': 100,
}
export type Limit = keyof typeof limits

export type Needs = {
  messagesPerSecond: number
  deliveriesPerSecond: number
  gateways: number
  apis: number
  machines: number
  postgresCores: number
  walMegabytesPerSecond: number
  storedGigabytesPerDay: number
  redisMasters: number
  used: Record<Limit, number>
}

/** What `sockets` open sockets need of one installation at the peak, whether it can have it or not. */
export function needsOf(sockets: number, costs: Costs): Needs {
  const messages = (sockets * traffic.messagesPerSocketAndDay * traffic.peakFactor) / 86_400
  const reads = messages * traffic.readsPerMessage
  const announced = messages + reads + messages * traffic.typingPerMessage
  const deliveries = announced * traffic.socketsInRoom
  const upgrades = sockets / (traffic.socketMinutes * 60)
  const requests = upgrades * traffic.requestsPerOpening
  const stored = messages + reads

  // Each socket of a room is on another gateway: hearing of it costs as much as delivering it.
  const gatewayCpu =
    stored * costs.gatewayCpuPerMessageAlone +
    2 * deliveries * costs.gatewayCpuPerDelivery * plan.alone +
    upgrades * costs.gatewayCpuPerUpgrade
  const socketsByMemory = (plan.gatewayMemoryBytes - costs.gatewayBaseBytes) / costs.gatewayBytesPerSocket
  const socketsByGateway = Math.min(plan.socketsPerGateway, socketsByMemory)
  const gateways = Math.max(2, Math.ceil(sockets / socketsByGateway), coresFor(gatewayCpu))
  const apis = Math.max(2, coresFor(requests * costs.apiCpuPerRequest))
  const processes = gateways + apis

  const postgresCpu =
    stored * costs.postgresCpuPerMessageAlone +
    upgrades * costs.postgresCpuPerUpgrade +
    requests * costs.postgresCpuPerRequest +
    (sockets / plan.comparisonSeconds) * costs.postgresCpuPerComparedHead
  const postgresCores = coresFor(postgresCpu)
  const redisCpu = costs.redisCpuPerPublish * plan.alone
  const redisMasters = coresFor(announced * (1 + Math.min(traffic.socketsInRoom, gateways)) * redisCpu)
  const canaryCores = (plan.canariesPerSecond * processes ** 2 * costs.redisCpuPerPublish) / plan.usedShare
  const walMegabytesPerSecond = (stored * costs.walBytesPerMessageAlone) / 1e6

  return {
    messagesPerSecond: messages,
    deliveriesPerSecond: deliveries,
    gateways,
    apis,
    machines: Math.ceil(processes / plan.processesPerMachine),
    postgresCores,
    walMegabytesPerSecond,
    storedGigabytesPerDay: (sockets * traffic.messagesPerSocketAndDay * costs.storedBytesPerMessage) / 1e9,
    redisMasters,
    used: {
      'PostgreSQL: cores of the primary': postgresCores,
      'PostgreSQL: WAL, MB/s': walMegabytesPerSecond,
      'PostgreSQL: connections': processes * plan.connectionsPerProcess,
      'Redis: canaries, which every process hears of every other, in cores of one master': canaryCores,
      'Redis: masters of a cluster': redisMasters,
    },
  }
}

function coresFor(cpuSecondsPerSecond: number): number {
  return Math.ceil(cpuSecondsPerSecond / plan.usedShare)
}

/** At how many sockets one installation comes to each limit, the first first. */
export function breakingPoints(costs: Costs): { limit: Limit; sockets: number }[] {
  const points = (Object.keys(limits) as Limit[]).map(limit => ({ limit, sockets: mostSockets([limit], costs) }))
  return points.sort((a, b) => a.sockets - b.sockets)
}

/** Installations of equal size, as few as stay within every limit, for this many sockets together. */
export function installationsFor(sockets: number, costs: Costs): number {
  return Math.ceil(sockets / mostSockets(Object.keys(limits) as Limit[], costs))
}

/** By halving: every need grows with the sockets. */
function mostSockets(these: Limit[], costs: Costs): number {
  let [within, beyond] = [0, 1e12]
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2)
    const { used } = needsOf(middle, costs)
    if (these.every(limit => used[limit] <= limits[limit])) within = middle
    else beyond = middle
  }
  return within
}
