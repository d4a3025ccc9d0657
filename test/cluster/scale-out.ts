// The same load on 1, 2 and 3 gateways of this machine: `npm run bench:scale-out`. Needs Docker; builds the images.
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type SocketClient } from '@goftegu/testkit'
import { startDriver } from '../replicas/driver.ts'
import { inReverse } from '../replicas/in-reverse.ts'
import { addPeople } from '../replicas/people.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { findImages, type Images } from './images.ts'

const conversations = 60
const members = 5
/** Messages of each conversation that are sent and not yet accepted. */
const inFlight = 4
const warmUpMs = 3_000
const measureMs = 10_000

if (process.argv.includes('--help')) {
  console.log('Usage: npm run bench:scale-out\nNeeds Docker; the first time it builds images, for some minutes.')
  process.exit(0)
}
console.log('Building or finding the images; the first time this takes minutes ...')
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
const images = await findImages()
console.log(
  `${conversations} conversations of ${members} sockets, ${inFlight} messages in flight in each, ${measureMs / 1_000} s`,
)
for (const gateways of [1, 2, 3]) {
  const { stored, delivered } = await measure(images, gateways)
  console.log(`${gateways} gateways: ${stored} stored messages/s, ${delivered} deliveries/s`)
}
process.exit(0)

async function measure(images: Images, gateways: number) {
  const steps: (() => unknown)[] = []
  const life = inReverse({ after: step => steps.push(step) })
  try {
    const cluster = await startCluster(life, images, { apis: 1, gateways }, { SOCKET_FRAMES_PER_SECOND: '10000' })
    return await load(await openAll(cluster, life))
  } finally {
    for (const step of steps) await step()
  }
}

/** The sockets of each conversation; the first of them writes. */
async function openAll(cluster: Cluster, life: Parameters<typeof startDriver>[0]): Promise<SocketClient[][]> {
  const driver = await startDriver(life, cluster)
  const rooms: SocketClient[][] = []
  for (let n = 0; n < conversations; n++) {
    const people = await addPeople(
      cluster.database,
      Array.from({ length: members }, (_, m) => `scale-${n}-${m}`),
    )
    const owner = { id: people[0]!.id, is_staff: false }
    const group = { title: 'scale', participant_ids: people.map(({ id }) => id) }
    const { id } = await driver.conversations.createGroup(owner, group)
    const url = `${cluster.apiUrl}/ws/chat/${id}/`
    const open = (token: string) => connect(url, { headers: { authorization: `Bearer ${token}` }, ms: 30_000 })
    rooms.push(await Promise.all(people.map(({ token }) => open(token))))
  }
  return rooms
}

async function load(rooms: SocketClient[][]) {
  let stored = 0
  let delivered = 0
  let isOver = false
  for (const room of rooms) {
    const [writer] = room
    let count = 0
    const write = () => writer!.send({ type: 'chat_message', client_id: `m${++count}`, content: 'the same load' })
    for (const socket of room) {
      socket.onEvent(event => {
        socket.frames.length = 0
        socket.takeUnread()
        if (event.type === 'new_message') delivered++
        if (event.type !== 'accepted') return
        stored++
        if (!isOver) write()
      })
    }
    for (let n = 0; n < inFlight; n++) write()
  }
  await delay(warmUpMs)
  const before = { stored, delivered }
  const beganMs = performance.now()
  await delay(measureMs)
  const seconds = (performance.now() - beganMs) / 1_000
  const rate = (count: number) => Math.round(count / seconds)
  const rates = { stored: rate(stored - before.stored), delivered: rate(delivered - before.delivered) }
  isOver = true
  for (const socket of rooms.flat()) socket.terminate()
  return rates
}
