// How sockets are spread: opened through the load balancer, counted in the gateways.
import type { Chat } from '@goftegu/chat'
import { connect, eventually, type SocketClient } from '@goftegu/testkit'
import { addPeople } from '../replicas/people.ts'
import type { Cluster } from './cluster.ts'

const sockets = 12

/** Opens some, and answers how many more each gateway has than before. */
export async function socketsOf(cluster: Cluster, driver: Chat): Promise<number[]> {
  const [ann, bob] = await addPeople(cluster.database, ['spread-ann', 'spread-bob'])
  const actor = { id: ann!.id, is_staff: false }
  const { conversation_id } = await driver.messages.postDirect(actor, { recipient_id: bob!.id, content: 'first' })
  const before = await countAll(cluster)
  const headers = { authorization: `Bearer ${ann!.token}` }
  const url = `${cluster.apiUrl}/ws/chat/${conversation_id}/`
  const opened: SocketClient[] = []
  for (let n = 0; n < sockets; n++) opened.push(await connect(url, { headers, ms: 20_000 }))
  try {
    let counts: number[] = []
    const isCounted = async () => {
      counts = (await countAll(cluster)).map((count, n) => count - before[n]!)
      return counts.reduce((sum, count) => sum + count, 0) === sockets
    }
    await eventually(isCounted, { ms: 20_000, everyMs: 200, what: 'the gateways to count them' })
    return counts
  } finally {
    for (const socket of opened) socket.terminate()
  }
}

/** Reads the gauge of each gateway, from inside. */
function countAll({ gateways }: Cluster): Promise<number[]> {
  const script = "fetch('http://127.0.0.1:8080/metrics').then(r=>r.text()).then(console.log)"
  return Promise.all(
    gateways.map(async gateway =>
      Number(/^goftegu_sockets (\d+)/m.exec(await gateway.run(['node', '-e', script]))?.[1]),
    ),
  )
}
