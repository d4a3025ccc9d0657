// Settings: read whole, every fault named, no value shown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, loadConfig, settings } from '@goftegu/runtime'
import { Type } from 'typebox'

const schema = Type.Object({
  ...settings,
  REDIS_URL: Type.Optional(settings.REDIS_URL),
  FAST: Type.Boolean({ default: false }),
})
const complete = { DATABASE_URL: 'postgresql://ann:secret@db/chat' }

test('what is absent or empty takes its default', () => {
  assert.deepEqual(loadConfig(schema, { ...complete, PORT: '', HOST: ' ', ALLOWED_ORIGINS: '' }), {
    PORT: 8080,
    HOST: '127.0.0.1',
    DATA_DIR: '.data',
    DATABASE_URL: 'postgresql://ann:secret@db/chat',
    REDIS_PREFIX: 'goftegu:',
    LOG_LEVEL: 'info',
    REGISTRATION: 'open',
    COOKIE_SECURE: 'auto',
    ALLOWED_ORIGINS: [],
    TRUSTED_PROXIES: [],
    FAST: false,
  })
})

test('numbers, lists and yes or no are read from text', () => {
  const config = loadConfig(schema, {
    ...complete,
    PORT: '0',
    FAST: 'true',
    ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173',
    TRUSTED_PROXIES: 'loopback,10.0.0.0/8,fd00::/8',
  })
  assert.equal(config.PORT, 0)
  assert.equal(config.FAST, true)
  assert.deepEqual(config.ALLOWED_ORIGINS, ['https://a.example', 'http://localhost:5173'])
  assert.deepEqual(config.TRUSTED_PROXIES, ['loopback', '10.0.0.0/8', 'fd00::/8'])
})

test('the answer is frozen', () => {
  assert.throws(() => Object.assign(loadConfig(schema, complete), { PORT: 1 }), TypeError)
})

test('every fault is listed by its name, and no value is shown', () => {
  const wrong = {
    PORT: '80 80',
    DATABASE_URL: 'mysql://ann:secret@db',
    PUBLIC_URL: 'https://chat.example.org/path',
    LOG_LEVEL: 'loud',
    FAST: 'yes',
    ALLOWED_ORIGINS: 'https://a.example/,b',
  }
  assert.throws(
    () => loadConfig(schema, wrong),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError)
      const named = error.faults.map(fault => fault.split(' ')[0])
      assert.deepEqual(named.sort(), Object.keys(wrong).sort())
      assert.doesNotMatch(error.message, /secret|loud|80 80/)
      assert.match(error.message, /PORT must be a whole number from 0 to 65535/)
      return true
    },
  )
})

test('what must be set and is not is a fault like others', () => {
  assert.throws(() => loadConfig(schema, { PORT: 'x' }), /PORT must be .*\n {2}DATABASE_URL must be set/)
})

for (const PORT of ['-1', '65536', '1e3', '8080.0', '0x50', '08', '9007199254740993']) {
  test(`PORT=${PORT} is refused`, () => {
    assert.throws(() => loadConfig(schema, { ...complete, PORT }), /PORT must be/)
  })
}

const outside = {
  PUBLIC_URL: ['http://a:99999', 'http://[', 'http://a\\b', 'https://*.example.org', 'https://999.1.1.1'],
  ALLOWED_ORIGINS: ['http://[', 'https://app.example.org,https://b.example.org:65536', 'https://*.example.org'],
  TRUSTED_PROXIES: ['999.1.1.1', 'loopback,10.0.0.256', '10.0', '10.0.0.0/33', '10.0.0.0/0', '1:2:3', 'fd00::/129'],
  OTEL_EXPORTER_OTLP_ENDPOINT: ['http://collector:99999', 'http://['],
}
for (const [name, texts] of Object.entries(outside)) {
  test(`what has the form of ${name} alone is refused, beside the other faults`, () => {
    for (const text of texts) {
      const faults = new RegExp(`PORT must be .*\\n {2}${name} must be `)
      assert.throws(() => loadConfig(schema, { ...complete, PORT: 'x', [name]: text }), faults, text)
    }
  })
}

test('what lies at the bounds is taken', () => {
  const config = loadConfig(schema, {
    ...complete,
    PUBLIC_URL: 'https://[::1]:65535',
    ALLOWED_ORIGINS: 'https://App.Example.org,https://b.example.org:443',
    TRUSTED_PROXIES: 'linklocal,10.0.0.1/32,10.0.0.0/1,255.255.255.255,fd00::1/128,::ffff:10.0.0.1,::/1',
  })
  assert.equal(config.ALLOWED_ORIGINS.length, 2)
  assert.equal(config.TRUSTED_PROXIES.length, 7)
})
