// Throws sessions of hostile frames at a target, several sockets at once, and judges what each one hears.
import { faultsOfSession } from './judge-session.ts'
import { RawSocket } from './raw-socket.ts'
import type { Run } from './run.ts'
import { type Session, sessionOf } from './sessions.ts'

/** So many sockets at once: arrivals share their queries, so one alone would mostly wait. */
const sockets = 24

/** Until `frames` have been sent. */
export async function throwFrames(run: Run, frames: number): Promise<void> {
  let next = 0
  const worker = async () => {
    while (run.sent.frames < frames && run.isAlive) {
      const number = next++
      const session = sessionOf(run.seed, number)
      run.sent.frames += session.steps.length
      run.sent.sockets += 1
      for (const text of session.texts) run.stored.expectFrame(text)
      await play(run, session, number)
    }
  }
  await Promise.all(Array.from({ length: sockets }, worker))
}

async function play(run: Run, session: Session, number: number): Promise<void> {
  const again = `--seed ${run.seed}, session ${number}: ${session.steps.map(({ what }) => what).join('; ')}`
  const talk = run.target.talks[number % run.target.talks.length]!
  try {
    const path = `/ws/chat/${talk.id}/${session.query}`
    const socket = await RawSocket.open(run.target.url, path, talk.writer.token)
    try {
      await hearOut(socket, session)
    } catch (error) {
      const heard = JSON.stringify(socket.heard.slice(-3)).slice(0, 500)
      run.findings.add(
        'a socket that did not end as documented',
        `${(error as Error).message} after ${heard}; ${again}`,
      )
      return
    } finally {
      socket.cut()
    }
    for (const fault of faultsOfSession(session, socket.heard))
      run.findings.add('an undocumented answer', `${fault}; ${again}`)
  } catch (error) {
    run.findings.add('an upgrade that failed', `${(error as Error).message}; ${again}`)
  }
}

async function hearOut(socket: RawSocket, { steps, pieces }: Session): Promise<void> {
  await socket.send(pieces)
  if (steps.at(-1)?.close === undefined) await socket.catchUp()
  else await socket.untilClosed()
}
