// The contract from outside, against the standalone service on a port of its own.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freshDatabase, spawnService } from '@goftegu/testkit'
import { contractSuite } from './contract/contract-suite.ts'
import { faultsOf, faultsOfEvent } from './contract/judge.ts'
import { repository } from './documents/markdown.ts'
import { inReverse } from './replicas/in-reverse.ts'

const life = inReverse({ after })
let address = ''

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'goftegu-contract-'))
  life.after(() => rmSync(folder, { recursive: true, force: true }))
  const { url } = await freshDatabase(life)
  const script = join(repository, 'services/standalone/src/server.ts')
  const env = { DATABASE_URL: url, DATA_DIR: folder, PORT: '0', REST_WRITES_PER_MINUTE: '100000' }
  const service = await spawnService(life, { script, env, ready: /ready at (http\S+)/, readyWithinMs: 30_000 })
  address = service.readyMatch![1]!
})

contractSuite('the contract, of one process', () => address)

test('the judge finds what is missing, unknown and of another type', () => {
  const user = { id: 1, username: 'ann', profile_picture: null }
  const message = { id: 1, sender: user, content: 'a', timestamp: '2026-01-31T09:30:00Z' }
  const good = { type: 'new_message', seq: 1, changed_seq: 1, message }
  assert.deepEqual(faultsOfEvent('new_message', good), [])
  const { content: _, ...without } = message
  const wrong = { ...without, sender: { ...user, email: 'a@b' }, timestamp: 'yesterday' }
  assert.deepEqual(faultsOfEvent('new_message', { ...good, message: wrong, room: 7 }), [
    'new_message.room is unknown',
    'new_message.message.sender.email is unknown',
    'new_message.message.content is missing',
    'new_message.message.timestamp is "yesterday", not time',
  ])
  assert.deepEqual(faultsOf('Attachment[]', [{ id: '1', message: 1, file: '/a', uploaded_at: message.timestamp }]), [
    'Attachment[][0].id is "1", not integer',
    'Attachment[][0].file is "/a", not url',
  ])
})
