// The Kubernetes manifests render, are what Kubernetes knows, and fit together; each rule is seen to fail.
import assert from 'node:assert/strict'
import { appendFile, cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { before, test } from 'node:test'
import { schemas } from '../scripts/settings-table.ts'
import { render } from './kubernetes/kustomize.ts'
import { containersOf, type Manifest, ofKind, parseManifests, workloadsOf } from './kubernetes/manifests.ts'
import { mutated } from './kubernetes/mutation.ts'
import { mutations } from './kubernetes/mutations.ts'
import { environmentOf, isSecret } from './kubernetes/rules/environment.ts'
import { fitsSchema } from './kubernetes/rules/schema.ts'
import { deployFolder, exampleSecret, faultsOf, readExample } from './kubernetes/rules.ts'

let production: Manifest[]

before(async () => {
  production = parseManifests(await render(`${deployFolder}overlays/production`))
})

test('the production overlay fits Kubernetes, itself and the services', async () => {
  const kinds = new Set(production.map(({ kind }) => kind))
  for (const kind of ['Deployment', 'Job', 'Ingress', 'NetworkPolicy']) assert.ok(kinds.has(kind), `no ${kind}`)
  assert.deepEqual(await faultsOf(production), [])
})

test('everything lies in the overlay’s namespace, and no secret among it', () => {
  const elsewhere = production.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'goftegu')
  assert.deepEqual(elsewhere, [])
  assert.deepEqual(ofKind(production, 'Secret'), [])
})

test('every component fits on top of the overlay', async t => {
  for (const component of ['sockets-hpa', 's3-egress', 'otlp-egress']) {
    const manifests = parseManifests(await render(await overlayWith(component, t)))
    assert.notDeepEqual(manifests, production, `${component} changes something`)
    assert.deepEqual(await faultsOf(manifests), [], component)
  }
})

test('attachments in an object store, as the README has it: bucket, keys and the way out', async t => {
  const folder = await temporaryFolder(t)
  await cp(deployFolder, folder, { recursive: true })
  const overlay = join(folder, 'overlays/production')
  await replaceIn(join(overlay, 'settings.env'), '# BLOBS=', 'BLOBS=')
  const alone = await faultsOf(parseManifests(await render(overlay)))
  assert.match(alone.join('\n'), /api: BLOBS names a bucket, and AWS_ACCESS_KEY_ID is not given/)
  assert.match(alone.join('\n'), /api: no NetworkPolicy lets it out to port 443/)

  const component = '../../components/s3-egress'
  await appendFile(join(overlay, 'kustomization.yaml'), `\ncomponents: [${component}]\n`)
  const manifests = parseManifests(await render(overlay))
  assert.deepEqual(await faultsOf(manifests), [])
  const api = workloadsOf(manifests).find(({ name }) => name === 'api')!
  const { env } = environmentOf(api.pod.containers[0]!, manifests, exampleSecret)
  assert.equal(env.BLOBS, 's3://chat-attachments?region=eu-central-1')
  assert.equal(env.AWS_SECRET_ACCESS_KEY, 'change-me')
})

test('another registry, with a port, and another version fit, and the Job is named after the version alone', async t => {
  const folder = await temporaryFolder(t)
  await cp(deployFolder, folder, { recursive: true })
  const overlay = join(folder, 'overlays/production')
  await replaceIn(join(overlay, 'kustomization.yaml'), 'registry.example.org/', 'registry.example.org:5000/team/')
  await replaceIn(join(overlay, 'version.yaml'), '0.1.0', '1.2.0-rc.1')
  const manifests = parseManifests(await render(overlay))
  assert.deepEqual(await faultsOf(manifests), [])
  assert.deepEqual(
    ofKind(manifests, 'Job').map(({ metadata }) => metadata.name),
    ['goftegu-migrate-1.2.0-rc.1'],
  )
  const images = workloadsOf(manifests).flatMap(containersOf)
  for (const { image = '' } of images)
    assert.match(image, /^registry\.example\.org:5000\/team\/goftegu\/(api|gateway):1\.2\.0-rc\.1$/)
})

test('whatever an overlay’s settings.env says is what every pod finds, over what the base says', async t => {
  const folder = await temporaryFolder(t)
  await cp(deployFolder, folder, { recursive: true })
  const read = (await schemas()).filter(([command]) => ['api', 'gateway'].includes(command))
  const names = new Set(read.flatMap(([, { properties }]) => Object.keys(properties)).filter(name => !isSecret(name)))
  const wanted = Object.fromEntries([...names].map(name => [name, `another ${name}`]))
  const lines = Object.entries(wanted).map(pair => pair.join('='))
  await writeFile(join(folder, 'overlays/production/settings.env'), lines.join('\n'))
  const manifests = parseManifests(await render(join(folder, 'overlays/production')))
  for (const workload of workloadsOf(manifests).filter(({ kind }) => kind === 'Deployment')) {
    const { env } = environmentOf(workload.pod.containers[0]!, manifests, exampleSecret)
    const found = Object.fromEntries(Object.keys(wanted).map(name => [name, env[name]]))
    assert.deepEqual(found, wanted, workload.name)
  }
})

test('REGISTRATION=closed in settings.env, as the README has it, fits', async t => {
  const folder = await temporaryFolder(t)
  await cp(deployFolder, folder, { recursive: true })
  await appendFile(join(folder, 'overlays/production/settings.env'), '\nREGISTRATION=closed\n')
  assert.deepEqual(await faultsOf(parseManifests(await render(join(folder, 'overlays/production')))), [])
})

test('the example of a secret is a Secret', async () => {
  assert.deepEqual(await fitsSchema(readExample('secret.yaml')), [])
})

test('each fault is found', async t => {
  for (const mutation of mutations) {
    await t.test(mutation.fault, async () => {
      const changed = mutated(production, mutation)
      assert.notDeepEqual(changed, production, 'the fault was made')
      const faults = await faultsOf(changed)
      const isFound = faults.some(fault => mutation.expected.test(fault))
      assert.ok(isFound, `${mutation.expected} is not among:\n${faults.join('\n')}`)
    })
  }
})

/** A kustomization on top of the overlay, as an operator would write it. */
async function overlayWith(component: string, t: Scope): Promise<string> {
  const folder = await temporaryFolder(t)
  const from = (path: string) => relative(folder, deployFolder + path)
  const lines = [`resources: [${from('overlays/production')}]`, `components: [${from(`components/${component}`)}]`]
  await writeFile(join(folder, 'kustomization.yaml'), lines.join('\n'))
  return folder
}

type Scope = { after(end: () => unknown): void }

async function temporaryFolder(t: Scope): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'goftegu-overlay-')))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

async function replaceIn(path: string, old: string, by: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  assert.ok(text.includes(old), `${path} has no ${old}`)
  await writeFile(path, text.replaceAll(old, by))
}
