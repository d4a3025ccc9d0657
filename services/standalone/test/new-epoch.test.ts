// An older copy of DATA_DIR put back: `--new-epoch` tells clients so, and no start does it unasked.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { realpathSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freshFolder, nodeStart, nothingLeft, query, startService } from './running-service.ts'

/** Starts and stops a service on this folder; answers its epoch, and what its database holds. */
async function visit(t: TestContext, dataDir: string, args: string[] = [], statement = 'select') {
  const service = await startService(t, { dataDir, command: [...nodeStart, ...args] })
  await query(dataDir, statement)
  const [found] = await query(dataDir, "select current_epoch() as epoch, to_regclass('lost') is not null as later")
  service.child.kill('SIGTERM')
  assert.deepEqual(await service.ended, { code: 0, signal: null })
  await nothingLeft(dataDir)
  return found as { epoch: string; later: boolean }
}

test('the folder is copied, written to, put back, and started with --new-epoch', async t => {
  const folder = freshFolder(t)
  const dataDir = join(folder, 'data')
  const copy = join(folder, 'copy')
  const { epoch } = await visit(t, dataDir)
  assert.equal(realpathSync(join(dataDir, 'postgres')), join(dataDir, 'postgres'), 'the copy is whole')
  execFileSync('cp', ['-a', dataDir, copy]) // as docs/operations.md says
  assert.deepEqual(await visit(t, dataDir, [], 'create table lost ()'), { epoch, later: true })

  renameSync(dataDir, join(folder, 'lost'))
  renameSync(copy, dataDir)
  assert.deepEqual(await visit(t, dataDir), { epoch, later: false }, 'the control: a start alone renews nothing')
  const renewed = await visit(t, dataDir, ['--new-epoch'])
  assert.equal(renewed.later, false)
  assert.notEqual(renewed.epoch, epoch)
  assert.equal((await visit(t, dataDir)).epoch, renewed.epoch, 'and it stays')
})
