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
