// What stands in .env reaches the containers: docker-compose.yml hands each service every setting that it reads.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { schemas } from '../scripts/settings-table.ts'

/** The image says these: other values would miss the balancer's port, or a volume. */
const ofTheImage = ['PORT', 'HOST', 'DATA_DIR']
/** Made of what else is in the file. */
const ofTheFile = ['DATABASE_URL', 'REDIS_URL']

type Service = { environment: Record<string, string | null>; command?: string[]; volumes?: string[] }
const file = readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8')
const { services } = parse(file, { merge: true }) as { services: Record<string, Service> }
const known = new Map(await schemas())

for (const name of ['api', 'gateway', 'migrate']) {
  const environment = services[name]?.environment ?? {}
  const settings = Object.keys(known.get(name)?.properties ?? {}).filter(setting => !ofTheImage.includes(setting))

  test(`docker-compose.yml hands ${name} the settings that it reads, and no other`, () => {
    assert.notEqual(settings.length, 0)
    assert.deepEqual(Object.keys(environment).sort(), settings.sort())
  })

  test(`what .env says of ${name}’s settings is what its container finds`, () => {
    for (const [setting, value] of Object.entries(environment)) {
      if (ofTheFile.includes(setting)) continue
      const isTaken = value === null || value.startsWith(`\${${setting}:-`)
      assert.ok(isTaken, `${setting}: ${value}`)
    }
  })
}

test('PostgreSQL takes the connections of every replica that the load balancer has a place for', () => {
  const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
  const numberIn = (path: string, pattern: RegExp) => Number(pattern.exec(read(path))?.[1])
  const reads = numberIn('packages/database/src/database.ts', /poolSize \?\? (\d+)/)
  const writer = numberIn('packages/chat/src/writer/limits.ts', /lanes: (\d+)/) + 2
  const blobs = numberIn('packages/blobs/src/postgres-blobs.ts', /poolSize = (\d+)/)
  const gateways = numberIn('deploy/haproxy/haproxy.cfg', /gateway- 1-(\d+) /)
  const apis = numberIn('deploy/haproxy/haproxy.cfg', /api- 1-(\d+) /)
  const needed = gateways * (reads + writer) + apis * (reads + writer + blobs)
  const given = Number(/max_connections=(\d+)/.exec(services.postgres?.command?.join(' ') ?? '')?.[1])
  assert.ok(given >= needed + 20, `${given} are given, ${needed} needed, and some for people`)
})

test('PostgreSQL’s files lie in the named volume, in no folder that an image declares a volume of its own', () => {
  const { environment, volumes = [] } = services.postgres!
  const [name, folder] = volumes[0]!.split(':')
  assert.equal(name, 'postgres')
  const [parent, own, ...rest] = [folder, ...environment.PGDATA!.slice(folder!.length + 1).split('/')]
  assert.ok(environment.PGDATA!.startsWith(`${parent}/`))
  assert.deepEqual(rest, [])
  assert.notEqual(own, 'data') // a volume of the official images of 15 to 17
})
