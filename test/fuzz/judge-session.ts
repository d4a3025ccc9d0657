// Whether one socket heard what the documents say, and nothing else.
import { assertFrame } from '../contract/stage.ts'
import { documentedCloses, documentedErrors, faultCodes } from './documented.ts'
import type { HeardFrame } from './raw-socket.ts'
import type { Session } from './sessions.ts'

type Heard = { texts: string[]; pongs: string[]; closes: (number | 'empty')[] }

/** What is wrong, one sentence each. */
export function faultsOfSession({ steps }: Session, frames: readonly HeardFrame[]): string[] {
  const heard = sorted(frames)
  const errors = heard.texts.flatMap(errorCodeOf)
  const expected = steps.flatMap(step => step.errors ?? [])
  const pongs = steps.flatMap(step => step.pongs ?? [])
  const close = steps.at(-1)?.close
  const most = expected.length + steps.filter(step => step.isFree).length
  return [
    ...heard.texts.flatMap(faultsOfEvent),
    ...unless(holdsInOrder(errors, expected), `errors ${errors.join()} in place of ${expected.join()}`),
    ...unless(
      errors.length <= most,
      `${errors.length} errors where at most ${most} frames can be refused: ${errors.join()}`,
    ),
    ...unless(heard.pongs.join() === pongs.join(), `pongs ${heard.pongs.join()} in place of ${pongs.join()}`),
    ...unless(
      heard.closes[0] === close,
      `closed with ${heard.closes[0] ?? 'nothing'} in place of ${close ?? 'nothing'}`,
    ),
    ...unless(isDocumentedClose(heard.closes[0], steps), `${heard.closes[0]} is in no table of docs/protocol.md`),
  ]
}

function sorted(frames: readonly HeardFrame[]): Heard {
  const heard: Heard = { texts: [], pongs: [], closes: [] }
  for (const frame of frames) {
    if ('text' in frame) heard.texts.push(frame.text)
    else if ('pong' in frame) heard.pongs.push(frame.pong)
    else heard.closes.push(frame.close)
  }
  return heard
}

function errorCodeOf(text: string): string[] {
  const { type, code } = JSON.parse(text) as { type: string; code: string }
  return type === 'error' ? [code] : []
}

function faultsOfEvent(text: string): string[] {
  const codes = errorCodeOf(text)
  const undocumented = codes.filter(code => !documentedErrors.has(code))
  const faults = codes.filter(code => faultCodes.has(code))
  try {
    assertFrame(text)
  } catch (error) {
    return [`no event of the protocol: ${(error as Error).message.slice(0, 500)}`]
  }
  return [
    ...undocumented.map(code => `${code} is not in docs/errors.md`),
    ...faults.map(code => `${code}, though nothing was away: ${text}`),
  ]
}

/** Whether `all` has `wanted` in this order, others between them. */
function holdsInOrder(all: readonly string[], wanted: readonly string[]): boolean {
  let at = 0
  for (const each of all) if (each === wanted[at]) at += 1
  return at === wanted.length
}

/** A code of the table, or the client's own, sent back. */
function isDocumentedClose(close: number | 'empty' | undefined, steps: Session['steps']): boolean {
  if (typeof close !== 'number') return true
  return documentedCloses.has(close) || steps.at(-1)?.close === close
}

function unless(claim: boolean, fault: string): string[] {
  return claim ? [] : [fault]
}
