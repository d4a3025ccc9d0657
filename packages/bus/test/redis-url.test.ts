// Every form of REDIS_URL, and what is said about the others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRedisUrl } from '../src/index.ts'
import { targetAt } from '../src/redis-url.ts'

test('one server', () => {
  assert.deepEqual(parseRedisUrl('redis://localhost'), { host: 'localhost', port: 6379 })
  assert.deepEqual(parseRedisUrl('redis://[::1]:7000/'), { host: '::1', port: 7000 })
  assert.deepEqual(parseRedisUrl('redis://:p%40ss:word@db.example:6380/3'), {
    host: 'db.example',
    port: 6380,
    password: 'p@ss:word',
    db: 3,
  })
  assert.deepEqual(parseRedisUrl('rediss://chat:secret@db.example'), {
    host: 'db.example',
    port: 6379,
    username: 'chat',
    password: 'secret',
    tls: { servername: 'db.example' },
  })
  assert.deepEqual(parseRedisUrl('rediss://10.0.0.1').tls, {})
})

test('Sentinels', () => {
  assert.deepEqual(parseRedisUrl('redis-sentinel://a,b:26380,[::1]:26381/main'), {
    sentinels: [
      { host: 'a', port: 26379 },
      { host: 'b', port: 26380 },
      { host: '::1', port: 26381 },
    ],
    name: 'main',
  })
  const url = 'rediss-sentinel://chat:secret@a/main/2?sentinel_username=s&sentinel_password=t'
  assert.deepEqual(parseRedisUrl(url), {
    sentinels: [{ host: 'a', port: 26379 }],
    name: 'main',
    username: 'chat',
    password: 'secret',
    db: 2,
    sentinelUsername: 's',
    sentinelPassword: 't',
    tls: {},
    sentinelTLS: {},
    enableTLSForSentinelMode: true,
  })
})

test('a cluster', () => {
  assert.deepEqual(parseRedisUrl('redis-cluster://a,b:6380,[::1]:6381'), {
    clusterNodes: [
      { host: 'a', port: 6379 },
      { host: 'b', port: 6380 },
      { host: '::1', port: 6381 },
    ],
  })
  const target = parseRedisUrl('rediss-cluster://chat:secret@a')
  const credentials = { username: 'chat', password: 'secret' }
  assert.deepEqual(target, { clusterNodes: [{ host: 'a', port: 6379 }], ...credentials, tls: {} })
  const [named, numbered] = ['b.example', '10.0.0.1'].map(host => targetAt(target, { host, port: 7000 }))
  assert.deepEqual(named, { host: 'b.example', port: 7000, ...credentials, tls: { servername: 'b.example' } })
  assert.deepEqual(numbered, { host: '10.0.0.1', port: 7000, ...credentials, tls: {} })
})

test('anything else is refused with what is wrong, and without the password', () => {
  const faults: [url: string, fault: RegExp][] = [
    ['', /none of the forms/],
    ['localhost:6379', /none of the forms/],
    ['http://localhost', /none of the forms/],
    ['redis://', /none of the forms/],
    ['redis://u:secret@a,b', /redis-sentinel/],
    ['redis://u:secret@a:99999', /port/],
    ['redis://u:secret@a:b', /host:port/],
    ['redis://u:secret@a/x', /database/],
    ['redis://u:secret@a/1/2', /after the database/],
    ['redis://u:secret@a?db=1', /redis-sentinel/],
    ['redis://u:secret%@a', /%25/],
    ['redis-cluster://u:secret@a,b/0', /no databases/],
    ['redis-cluster://u:secret@a?x=1', /redis-sentinel/],
    ['redis-cluster://u:secret@a,', /host:port/],
    ['redis-sentinel://u:secret@a/b%zz', /name of the master has a "%" .*%25/],
    ['redis-sentinel://u:secret@a,b', /name of the master/],
    ['redis-sentinel://u:secret@a,/main', /host:port/],
    ['redis-sentinel://u:secret@a/main?other=1', /"other"/],
  ]
  for (const [url, fault] of faults) {
    assert.throws(
      () => parseRedisUrl(url),
      (error: Error) => error instanceof TypeError && fault.test(error.message) && !error.message.includes('u:secret'),
      url,
    )
  }
})
