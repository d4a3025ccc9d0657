// The images by themselves: how large they are, what is in them, and how a container of each lives and ends.
import assert from 'node:assert/strict'
import { before, type TestContext, test } from 'node:test'
import { eventually } from '@goftegu/testkit'
import { buildImages } from './build-images.ts'
import { docker } from './docker.ts'

const limitsMB = { gateway: 250, api: 250, standalone: 320 }
const image = (name: string) => `goftegu/${name}:cluster-test`
const inspect = async (name: string, format: string) => docker('inspect', '--format', format, name)

before(() => buildImages(Object.keys(limitsMB)), { timeout: 1_200_000 })

for (const [name, limitMB] of Object.entries(limitsMB)) {
  test(`the image of ${name} is below ${limitMB} MB and runs as nobody's user`, async t => {
    const megabytes = Number(await inspect(image(name), '{{.Size}}')) / 1e6
    t.diagnostic(`${megabytes.toFixed(0)} MB`)
    assert.ok(megabytes < limitMB, `${megabytes} MB`)
    assert.equal(await inspect(image(name), '{{.Config.User}}'), '10001:10001')
    assert.equal(await inspect(image(name), '{{json .Config.Cmd}}'), '["node","dist/server.js"]')
  })

  test(`the image of ${name} holds what runs and nothing else`, async () => {
    const find = "find /app \\( -name '*.ts' -o -name testkit -o -name typescript -o -name '.npmrc' \\) -print -quit"
    assert.equal(await docker('run', '--rm', '--network=none', image(name), 'sh', '-c', find), '')
    assert.equal(await docker('run', '--rm', '--network=none', image(name), 'sh', '-c', 'ls /run/npm-config || :'), '')
    const history = await docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', image(name))
    assert.doesNotMatch(history, /npmrc|https?:/)
  })
}

test('the API tells what it lacks, and ends with 1', async () => {
  await assert.rejects(docker('run', '--rm', '--network=none', image('api')), /DATABASE_URL must be set/)
})

test('standalone is healthy on a read-only root file system, keeps its data, and SIGTERM ends it with 0', async t => {
  const name = `goftegu-test-standalone-${process.pid}`
  await startHardened(t, name)
  await isHealthy(name)
  await assert.rejects(docker('exec', name, 'touch', '/app/here'), /Read-only file system/)
  const register = `fetch('http://127.0.0.1:8080/api/auth/register/', {method: 'POST', headers: {'content-type':
    'application/json'}, body: '{"username":"ann","password":"correct horse"}'}).then(r => console.log(r.status))`
  assert.equal(await docker('exec', name, 'node', '-e', register), '201')
  await docker('stop', '--time=30', name)
  assert.equal(await inspect(name, '{{.State.ExitCode}} {{.State.OOMKilled}}'), '0 false')
  await docker('start', name)
  await isHealthy(name)
  assert.equal(await docker('exec', name, 'node', '-e', register), '400') // the name is taken
})

async function startHardened(t: TestContext, name: string): Promise<void> {
  t.after(() => docker('rm', '--force', '--volumes', name))
  const locked = ['--read-only', '--tmpfs=/tmp', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--network=none']
  await docker('run', '--detach', `--name=${name}`, ...locked, image('standalone'))
}

async function isHealthy(name: string): Promise<void> {
  await eventually(async () => (await inspect(name, '{{.State.Health.Status}}')) === 'healthy', {
    ms: 120_000,
    everyMs: 500,
    what: `${name} to be healthy`,
  })
}
