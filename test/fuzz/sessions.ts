// What one fuzzed socket sends from its upgrade to its end; the same for the same seed and number.
import { clientEvents, maxFrameFragments } from '@goftegu/protocol'
import { oneOf, type Random, randomOf } from '../replicas/random.ts'
import { fragmentBytes, frameBytes, opcodes, textBytes } from './frame-bytes.ts'
import { hostileObject, hostileText, mutated, wholeTexts } from './hostile.ts'
import { predict } from './predict.ts'
import { rules } from './rules.ts'
import type { Step } from './step.ts'

export type Session = {
  /** Behind the path of the upgrade. */
  query: string
  steps: Step[]
  /** All that the steps send, in the pieces in which it is sent. */
  pieces: Buffer[]
  /** Payloads of its text messages, where they are known. */
  texts: Buffer[]
}

const mostEvents = 30
/** Of these so many valid: fewer than a socket may have in the works, so that nothing waits behind them. */
const mostValid = 15
const queries = [
  '',
  '',
  '',
  '?since=0',
  '?since=-1&epoch=x',
  '?since=1e400',
  '?since=%00&epoch=%ff',
  '?since=1&since=2',
  '?epoch=',
]

/** Session `number` of the run that has this seed: some events, and one rule, each in its turn. */
export function sessionOf(seed: number, number: number): Session {
  const random = randomOf(seed, `session ${number}`)
  const texts: Buffer[] = []
  const steps: Step[] = []
  const isFull = () => isClosing(steps.at(-1)) || steps.filter(({ isFree }) => isFree).length === mostValid
  for (let left = Math.floor(random() * mostEvents); left > 0 && !isFull(); left--) {
    const payload = eventPayload(random)
    // In the first round every rule has its turn: nothing closes before it.
    if (number < rules.length && 'close' in predict(payload)) continue
    texts.push(payload)
    steps.push(eventStep(random, payload))
  }
  if (!isClosing(steps.at(-1))) {
    const rule = rules[number % rules.length]!
    steps.push({ ...rule, what: `${rule.case} ${rule.what}` })
  }
  const bytes = Buffer.concat(steps.map(step => step.bytes))
  return { query: oneOf(random, queries), steps, pieces: inPieces(random, bytes), texts }
}

function isClosing(step: Step | undefined): boolean {
  return step?.close !== undefined
}

function eventPayload(random: Random): Buffer {
  const kind = random()
  if (kind < 0.2) return Buffer.from(oneOf(random, wholeTexts))
  const type = oneOf(random, Object.keys(clientEvents))
  const members = membersOf(random, type)
  const valid = Object.entries(members).map(([name, value]) => `"${name}":${value}`)
  if (kind < 0.4) return Buffer.from(`{${valid.join()}}`)
  if (kind < 0.6) return mutated(random, Buffer.from(`{${valid.join()}}`))
  return Buffer.from(hostileObject(random, members))
}

/** The members of a valid event of this type, as JSON text. */
function membersOf(random: Random, type: string): Record<string, string> {
  const content = JSON.stringify(random() < 0.3 ? hostileText(random) : `message ${random()}`)
  const message_id = String(1 + Math.floor(random() * 200))
  const fields: Record<string, Record<string, string>> = {
    chat_message: { content, client_id: JSON.stringify(random() < 0.2 ? hostileText(random) : `k${random()}`) },
    edit_message: { message_id, content },
    delete_message: { message_id },
    typing: { is_typing: String(random() < 0.5) },
    read: { seq: String(Math.floor(random() * 1_000)) },
  }
  return { type: JSON.stringify(random() < 0.05 ? hostileText(random) : type), ...fields[type] }
}

function eventStep(random: Random, payload: Buffer): Step {
  const what = `event ${JSON.stringify(payload.toString('latin1', 0, 200))} of ${payload.length} bytes`
  const expected = predict(payload)
  const form = random()
  if (form < 0.7) return { what, bytes: textBytes(payload), ...expected }
  if (form < 0.8) {
    const key = Buffer.from([random() * 256, random() * 256, random() * 256, random() * 256])
    return { what, bytes: frameBytes({ opcode: opcodes.text, payload, key }), ...expected }
  }
  const pieces = cut(random, payload, Math.floor(random() * maxFrameFragments))
  if (form < 0.9 || 'close' in expected) return { what, bytes: fragmentBytes(pieces), ...expected }
  const bytes = fragmentBytes(pieces, frameBytes({ opcode: opcodes.ping, payload: 'between' }))
  const pongs = pieces.slice(1).map(() => Buffer.from('between').toString('hex'))
  return { what: `${what}, with pings between its fragments`, bytes, pongs, ...expected }
}

/** Most sessions in one piece; others cut anywhere, or their beginning byte by byte. */
function inPieces(random: Random, bytes: Buffer): Buffer[] {
  const form = random()
  if (form < 0.6) return [bytes]
  if (form < 0.9) return cut(random, bytes, 1 + Math.floor(random() * 8))
  const single = [...bytes.subarray(0, 64)].map(byte => Buffer.from([byte]))
  return [...single, bytes.subarray(64)]
}

/** `bytes` cut in so many places. */
function cut(random: Random, bytes: Buffer, places: number): Buffer[] {
  const at = Array.from({ length: places }, () => Math.floor(random() * (bytes.length + 1))).sort((a, b) => a - b)
  return [0, ...at].map((start, n) => bytes.subarray(start, at[n] ?? bytes.length))
}
