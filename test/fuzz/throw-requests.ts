// Throws hostile requests at a target, several at once, and judges each answer.
import { rawRequest } from '@goftegu/testkit'
import { Caller } from '../contract/caller.ts'
import { addPeople } from '../replicas/people.ts'
import { faultsOfAnswer } from './judge-answer.ts'
import { readOperations } from './operations.ts'
import { requestOf, type World } from './requests.ts'
import type { Run } from './run.ts'

const connections = 8
/** Some requests end sessions: after so many requests there are new people. */
const peopleLast = 60

/** So many requests, each on a connection of its own. */
export async function throwRequests(run: Run, requests: number): Promise<void> {
  const operations = await readOperations(run.target.url)
  let world = await newWorld(run, 0)
  let next = 0
  const worker = async () => {
    while (next < requests && run.isAlive) {
      const number = next++
      if (number > 0 && number % peopleLast === 0) world = await newWorld(run, number)
      const hostile = requestOf(run.seed, number, operations, world)
      run.sent.requests += 1
      run.stored.expectBody(hostile.body)
      const again = `--seed ${run.seed}, request ${number}: ${hostile.what}`
      try {
        const answer = await rawRequest(run.target.url, hostile.bytes)
        run.answered(answer.status)
        for (const fault of faultsOfAnswer(answer, hostile, operations)) {
          run.findings.add('an undocumented answer', `${fault}; ${again}`)
        }
      } catch (error) {
        run.findings.add('a request without an answer', `${(error as Error).message}; ${again}`)
      }
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
}

/** People who may lose their sessions, and ids of theirs and of others. */
async function newWorld({ target }: Run, number: number): Promise<World> {
  const names = Array.from({ length: 8 }, (_, n) => `caller ${number} ${n}`)
  const people = await addPeople(target.database, names)
  const [writer, recipient] = people
  const body = { content: 'first', recipient_id: recipient!.id }
  const rest = new Caller(target.url, writer!.token)
  const message = await rest.expect(201, 'Message', 'POST', '/api/messages/', body)
  const own = [message.id, message.conversation, message.id, message.conversation]
  const ids = [...own, ...own, ...people.map(({ id }) => id), 1, 2, 3]
  return { tokens: people.map(({ token }) => token), ids }
}
