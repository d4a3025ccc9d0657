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

type Service = { environment: Record<string, string | null> }
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
