// The oracle must see each kind of violation, and nothing where there is none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ConversationState,
  createOracle,
  type HandedEvent,
  noViolations,
  type Violation,
} from '../../src/index.ts'

const ann = 1
const ben = 2
const conversationId = 7

/** Two messages of Ann, an edit of the first, a message of Ben. */
function conversation(changes: Partial<ConversationState> = {}): ConversationState {
  const stored = { sender_id: ann, content: 'hello', is_deleted: false }
  return {
    id: conversationId,
    last_seq: 4,
    participants: [
      { user_id: ann, visible_from: 1 },
      { user_id: ben, visible_from: 1 },
    ],
    messages: [
      { ...stored, id: 11, seq: 1, changed_seq: 3, client_id: 'a1', content: 'hello!' },
      { ...stored, id: 12, seq: 2, changed_seq: 2, client_id: 'a2' },
      { ...stored, id: 13, seq: 4, changed_seq: 4, client_id: 'b1', sender_id: ben },
    ],
    changes: [{ seq: 3, type: 'message_edited' }],
    ...changes,
  }
}

const ready = { type: 'ready', seq: 0, epoch: 'e' }
const sent = (seq: number, id: number, client_id: string, sender = ann) => ({
  type: 'new_message',
  seq,
  changed_seq: seq,
  client_id,
  message: { id, sender: { id: sender }, content: 'hello' },
})
const first = sent(1, 11, 'a1')
const second = sent(2, 12, 'a2')
const edited = { type: 'message_edited', seq: 3, changed_seq: 3, message: { id: 11, content: 'hello!' } }
const answer = sent(4, 13, 'b1', ben)
const all = [ready, first, second, edited, answer]

/** What Ben's application was handed, judged against `state`. */
function heard(events: HandedEvent[], state = conversation(), userId = ben) {
  const oracle = createOracle()
  const reader = oracle.reader({ userId, conversationId })
  for (const event of events) reader.event(event)
  return { oracle, reader, counts: () => oracle.judge({ conversations: [state] }).counts() }
}

/** What Ann sent, in order, and how it ended. */
function wrote(sends: [string, 'ok' | 'fail' | 'unknown', number?][], state = conversation()) {
  const oracle = createOracle()
  const writer = oracle.writer({ userId: ann, conversationId })
  for (const [clientId, outcome, seq = 0] of sends) {
    const attempt = writer.attempt(clientId)
    if (outcome === 'ok') attempt.ok(seq)
    else attempt[outcome]()
  }
  return oracle.judge({ conversations: [state] }).counts()
}

function only(violation: Violation, count = 1): Record<Violation, number> {
  return { ...noViolations, [violation]: count }
}

test('a run without fault has no violation', () => {
  const { oracle, counts } = heard([...all.slice(0, 3), { ...ready, seq: 2 }, edited, answer])
  const writer = oracle.writer({ userId: ann, conversationId })
  writer.attempt('a1').ok(1)
  writer.attempt('a2').unknown()
  writer.attempt('a2').ok(2)
  writer.attempt('a3').fail()
  assert.deepEqual(counts(), noViolations)
  assert.deepEqual(oracle.volume(), { ok: 2, fail: 1, unknown: 1, handed: 4 })
})

test('lost: an acknowledged send that is not stored, or stored elsewhere', () => {
  assert.deepEqual(wrote([['a3', 'ok', 5]]), only('lost'))
  assert.deepEqual(wrote([['a2', 'ok', 1]]), only('lost'))
})

test('lost: an acknowledged text that is stored as another one, unless somebody edited it', () => {
  const judged = (clientId: string, seq: number, content: string) => {
    const oracle = createOracle()
    oracle.writer({ userId: ann, conversationId }).attempt(clientId, content).ok(seq)
    return oracle.judge({ conversations: [conversation()] }).counts()
  }
  assert.deepEqual(judged('a2', 2, 'hello'), noViolations)
  assert.deepEqual(judged('a2', 2, 'hell'), only('lost'))
  assert.deepEqual(judged('a1', 1, 'hello'), noViolations)
})

test('lost: a hole in the numbers of the database', () => {
  assert.deepEqual(wrote([], conversation({ changes: [] })), only('lost'))
})

test('lost: an event that a reader never got, in the middle, at the end, after a reconnection', () => {
  assert.deepEqual(heard([ready, first, edited, answer]).counts(), only('lost'))
  assert.deepEqual(heard([ready, first, second, edited]).counts(), only('lost'))
  assert.deepEqual(heard([ready, first, { ...ready, seq: 3 }, answer]).counts(), {
    ...only('lost', 2),
    diverged: 1, // the edit was among them
  })
})

test('nothing is lost where a reader left, was told to reload, or came late', () => {
  const left = heard([ready, first])
  left.reader.left()
  assert.deepEqual(left.counts(), noViolations)
  const reloaded = heard([ready, first, { type: 'resync', seq: 3, epoch: 'f' }])
  reloaded.reader.fetched(conversation().messages.slice(0, 2))
  reloaded.reader.event(answer)
  assert.deepEqual(reloaded.counts(), noViolations)
  assert.deepEqual(heard([{ ...ready, seq: 4 }]).counts(), noViolations)
})

test('duplicated: a number or a client_id, handed over or stored twice', () => {
  assert.deepEqual(heard([ready, first, second, second, edited, answer]).counts(), only('duplicated'))
  const [one, two, three] = conversation().messages
  assert.ok(one && two && three)
  const twice = [one, { ...two, client_id: 'a1' }, three]
  assert.deepEqual(wrote([], conversation({ messages: twice })), only('duplicated'))
  assert.deepEqual(heard([ready, first, sent(2, 12, 'a1'), edited, answer]).counts(), only('duplicated'))
  const sameNumber = [one, two, three, { ...two, id: 14, client_id: 'a4' }]
  assert.deepEqual(wrote([], conversation({ messages: sameNumber })), only('duplicated'))
})

test('reordered: a lower number later, or one writer in another order', () => {
  assert.deepEqual(heard([ready, second, first, edited, answer]).counts(), only('reordered'))
  assert.deepEqual(
    wrote([
      ['a2', 'ok', 2],
      ['a1', 'ok', 1],
    ]),
    only('reordered'),
  )
})

test('an unknown send that is repeated may overtake', () => {
  assert.deepEqual(
    wrote([
      ['a2', 'unknown'],
      ['a1', 'ok', 1],
      ['a2', 'ok', 2],
    ]),
    noViolations,
  )
})

test('phantom: handed over and not stored, or stored and refused', () => {
  assert.deepEqual(heard([...all, sent(5, 15, 'a9')]).counts(), only('phantom'))
  assert.deepEqual(heard([ready, first, sent(2, 99, 'a2'), edited, answer]).counts(), only('phantom'))
  assert.deepEqual(wrote([['a2', 'fail']]), only('phantom'))
  assert.deepEqual(wrote([], conversation({ last_seq: 3 })), only('phantom'))
})

test('lost, and no phantom: handed over in a history that is over, and not stored in the present one', () => {
  const judged = (epoch: string, events: HandedEvent[]) =>
    heard(events)
      .oracle.judge({ conversations: [conversation()], epoch })
      .counts()
  const gone = sent(5, 15, 'a9')
  const reload = { type: 'resync', seq: 4, epoch: 'f' }
  assert.deepEqual(judged('f', [...all, gone, reload]), only('lost'))
  assert.deepEqual(judged('f', [...all, reload, gone]), only('phantom'))
  assert.deepEqual(judged('e', [...all, gone]), only('phantom'))
})

test('gone, and neither lost nor a phantom: what a history took with it whose end was told', () => {
  const sinceMs = performance.now()
  const { oracle } = heard([...all, sent(5, 15, 'a9'), { type: 'resync', seq: 4, epoch: 'f' }])
  const writer = oracle.writer({ userId: ann, conversationId })
  writer.attempt('a9').ok(5)
  oracle.historyEnded(sinceMs)
  const verdict = oracle.judge({ conversations: [conversation()], epoch: 'f' })
  assert.deepEqual(verdict.counts(), noViolations)
  assert.deepEqual(verdict.gone, { sends: 1, events: 1 })
  const earlier = heard([...all, sent(5, 15, 'a9'), { type: 'resync', seq: 4, epoch: 'f' }]).oracle
  earlier.historyEnded(performance.now())
  const told = earlier.judge({ conversations: [conversation()], epoch: 'f' })
  assert.deepEqual(told.counts(), only('lost'), 'it was handed over before anything could be gone')
  writer.attempt('a10').ok(6)
  assert.deepEqual(oracle.judge({ conversations: [conversation()], epoch: 'f' }).counts(), only('lost'))
})

test('acknowledgements: from the first attempt to the ok', () => {
  const oracle = createOracle()
  const writer = oracle.writer({ userId: ann, conversationId })
  const { sentMs } = writer.attempt('a1')
  writer.attempt('a2').fail()
  writer.attempt('a1').ok(1)
  const [one, ...more] = oracle.acknowledgements(id => id === conversationId)
  assert.equal(one?.sentMs, sentMs)
  assert.ok(one.answeredMs >= sentMs)
  assert.deepEqual(more, [])
  assert.deepEqual(
    oracle.acknowledgements(id => id !== conversationId),
    [],
  )
})

test('a refusal after an unknown attempt proves nothing', () => {
  assert.deepEqual(
    wrote([
      ['a2', 'unknown'],
      ['a2', 'fail'],
    ]),
    noViolations,
  )
})

test('leaked: before one may see, after a removal, to a stranger; the removal itself is allowed', () => {
  const late = [{ user_id: ben, visible_from: 3 }]
  assert.deepEqual(heard(all, conversation({ participants: late })).counts(), only('leaked', 3)) // the edit tells a text
  const removal = { type: 'participant_removed', seq: 3, user_id: ben }
  const removed = conversation({ participants: [{ user_id: ann, visible_from: 1 }], changes: [removal] })
  assert.deepEqual(heard([ready, first, second, removal], removed).counts(), noViolations)
  assert.deepEqual(heard([ready, first, second, removal, answer], removed).counts(), only('leaked'))
  assert.deepEqual(heard([{ ...ready, seq: 3 }, answer], conversation(), 3).counts(), only('leaked'))
})

test('leaked: the text or the file of a message from before one may see, under a number that one may see', () => {
  const late = conversation({ participants: [{ user_id: ben, visible_from: 2 }] })
  assert.deepEqual(heard([{ ...ready, seq: 1 }, second, edited, answer], late).counts(), only('leaked'))
  const blank = { ...edited, message: { id: 11, content: '' } }
  assert.deepEqual(heard([{ ...ready, seq: 1 }, second, blank, answer], late).counts(), noViolations)
  const attached = { type: 'attachment_added', seq: 3, changed_seq: 3, message_id: 11, attachment: { id: 1 } }
  const withFile = { ...late, changes: [{ seq: 3, type: 'attachment_added', message_id: 11 }] }
  assert.deepEqual(heard([{ ...ready, seq: 1 }, second, attached, answer], withFile).counts(), only('leaked'))
  const none = { ...attached, attachment: null }
  assert.deepEqual(heard([{ ...ready, seq: 1 }, second, none, answer], withFile).counts(), noViolations)
})

test('leaked: what was said in an earlier stay, to somebody who came back and sees the history from then on', () => {
  const moves = [
    { seq: 2, type: 'participant_removed', user_id: ben },
    { seq: 3, type: 'participant_added', user_id: ben, visible_from: 3 },
    { seq: 4, type: 'message_edited', message_id: 11 },
  ]
  const [one] = conversation().messages
  const returned = conversation({
    participants: [{ user_id: ben, visible_from: 3 }],
    ...{ messages: [{ ...one!, changed_seq: 4 }], changes: moves },
  })
  const added = { type: 'participant_added', seq: 3, user: { id: ben } }
  assert.deepEqual(heard([{ ...ready, seq: 2 }, added, { ...edited, seq: 4 }], returned).counts(), only('leaked'))
})

test('phantom: another kind of change, subject or sender than what is stored under the number', () => {
  const about = conversation({ changes: [{ seq: 3, type: 'message_edited', message_id: 11 }] })
  assert.deepEqual(heard(all, about).counts(), noViolations)
  const renamed = { type: 'conversation_renamed', seq: 3, title: 'another' }
  const retyped = { ...only('phantom'), diverged: 1 } // the edit was not told
  assert.deepEqual(heard([ready, first, second, renamed, answer]).counts(), retyped)
  const ofAnother = { ...edited, message: { id: 12, content: 'hello' } }
  assert.deepEqual(heard([ready, first, second, ofAnother, answer], about).counts(), {
    ...only('phantom'),
    diverged: 1,
  })
  const removal = conversation({ changes: [{ seq: 3, type: 'participant_removed', user_id: 3 }] })
  const removed = (user_id: number) => ({ type: 'participant_removed', seq: 3, user_id })
  const told = { ...first, changed_seq: 3, message: { ...first.message, content: 'hello!' } }
  assert.deepEqual(heard([ready, told, second, removed(3), answer], removal).counts(), noViolations)
  assert.deepEqual(heard([ready, told, second, removed(4), answer], removal).counts(), only('phantom'))
  assert.deepEqual(heard([ready, first, sent(2, 12, 'a2', 99), edited, answer]).counts(), only('phantom'))
})

test('diverged: what was loaded lacks a message that is stored, or has one that is not', () => {
  const messages = conversation().messages
  const loaded = (held: typeof messages, when: 'at first' | 'after a resync') => {
    const { oracle, reader } = heard(when === 'at first' ? [] : [ready, first, { type: 'resync', seq: 4, epoch: 'e' }])
    reader.fetched(held)
    if (when === 'at first') reader.event({ ...ready, seq: 4 })
    return oracle.judge({ conversations: [conversation()] }).counts()
  }
  for (const when of ['at first', 'after a resync'] as const) {
    assert.deepEqual(loaded(messages, when), noViolations, when)
    assert.deepEqual(loaded(messages.slice(1), when), only('diverged'), when)
    assert.deepEqual(loaded([], when), only('diverged', 3), when)
    assert.deepEqual(loaded([...messages, { ...messages[0]!, id: 99 }], when), only('diverged'), when)
  }
  const late = conversation({ participants: [{ user_id: ben, visible_from: 3 }] })
  const { oracle, reader } = heard([], late)
  reader.fetched(messages.slice(2))
  reader.event({ ...ready, seq: 4 })
  assert.deepEqual(oracle.judge({ conversations: [late] }).counts(), noViolations, 'what it may not see is not missed')
})

test('diverged: a text or a deletion that a reader does not show', () => {
  const [one, two, three] = conversation().messages
  assert.ok(one && two && three)
  const otherText = conversation({ messages: [one, { ...two, content: 'good bye' }, three] })
  assert.deepEqual(heard(all, otherText).counts(), only('diverged'))
  const deleted = conversation({ messages: [one, { ...two, content: '', is_deleted: true }, three] })
  assert.deepEqual(heard(all, deleted).counts(), only('diverged'))
})

test('what is older than what one has is ignored, what is equal is applied', () => {
  const replayed = { ...first, changed_seq: 3, message: { ...first.message, content: 'hello!' } }
  assert.deepEqual(heard([ready, replayed, second, edited, answer]).counts(), noViolations)
  const stale = { ...edited, changed_seq: 2, message: { id: 11, content: 'older' } }
  assert.deepEqual(heard([ready, replayed, second, stale, answer]).counts(), noViolations)
})
