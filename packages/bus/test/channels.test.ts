// The names of channels, there and back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelSubject, controlChannel, conversationChannel, userChannel } from '../src/index.ts'

test('channels are bucketed, and can be read back', () => {
  assert.equal(conversationChannel(5), 'conv:{5}:5')
  assert.equal(conversationChannel(1_030), 'conv:{6}:1030')
  assert.equal(userChannel(2 ** 53 - 1), 'user:{1023}:9007199254740991')
  assert.deepEqual(channelSubject(conversationChannel(1_030)), { kind: 'conversation', id: 1_030 })
  assert.deepEqual(channelSubject(userChannel(9)), { kind: 'user', id: 9 })
  assert.deepEqual(channelSubject(controlChannel), { kind: 'control' })
  for (const other of ['', 'conv:5', 'conv:{5}:x', 'room:{5}:5']) assert.equal(channelSubject(other), undefined)
})
