// Requests that break HTTP/1.1 itself, or the upgrade to WebSocket. TOKEN and ID stand for what is really there.

const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`
const get = (target: string, ...headers: string[]) =>
  lines(`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers)
const post = (...headers: string[]) =>
  lines(
    'POST /api/messages/ HTTP/1.1',
    'Host: x',
    'Authorization: Bearer TOKEN',
    'Content-Type: application/json',
    ...headers,
  )
const upgrade = (target: string, ...headers: string[]) =>
  lines(`GET ${target} HTTP/1.1`, 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade', ...headers)
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
const version = 'Sec-WebSocket-Version: 13'
const login = 'Authorization: Bearer TOKEN'

export const brokenRequests: readonly [what: string, text: string][] = [
  ['what is no HTTP', 'hello\r\n\r\n'],
  ['a handshake of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/9.9', 'GET /api/users/ HTTP/9.9\r\nHost: x\r\n\r\n'],
  ['no version', 'GET /api/users/\r\n\r\n'],
  ['no Host', 'GET /api/users/ HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['two Hosts', get('/api/users/', 'Host: y')],
  ['a method in small letters', 'get /api/users/ HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['CONNECT', lines('CONNECT evil.example:443 HTTP/1.1', 'Host: evil.example:443')],
  ['OPTIONS of everything', lines('OPTIONS * HTTP/1.1', 'Host: x', 'Connection: close')],
  ['a whole URL', get('http://evil.example/api/users/?search=a', login)],
  ['a URL with a login', get('http://a:b@evil.example/api/users/')],
  ['two slashes', get('//api//users/?search=a', login)],
  ['a path that climbs', get('/api/../../etc/passwd')],
  ['broken percent-encoding', get('/api/messages/%ff%zz/')],
  ['an encoded NUL', get('/api/messages/%00/', login)],
  ['bytes above ASCII', get('/api/messages/\xff\xfe/', login)],
  ['a fragment', get('/api/users/?search=a#b', login)],
  ['a URL of 17 kB', get(`/api/users/?search=${'x'.repeat(17_000)}`)],
  ['a path of 3 kB', get(`/api/messages/${'1'.repeat(3_000)}/`, login)],
  ['a query of 5,000 parameters', get(`/api/users/?${'a=1&'.repeat(3_500)}`, login)],
  ['nested brackets in a query', get('/api/users/?search[a][__proto__][b]=c&search=d', login)],
  ['headers of 20 kB', get('/api/users/', `X: ${'x'.repeat(20_000)}`)],
  ['3,000 headers', get('/api/users/', ...Array.from({ length: 1_500 }, (_, n) => `X${n}: 1`), login)],
  ['a header without a colon', get('/api/users/', 'nonsense')],
  ['a header with a space before its colon', get('/api/users/', 'X : 1')],
  ['a folded header', get('/api/users/', 'X: a', ' b')],
  ['NUL in a header', get('/api/users/', 'X: a\0b')],
  ['a lone CR in a header', get('/api/users/', 'X: a\rb')],
  ['a header named __proto__', get('/api/users/?search=a', '__proto__: x', 'constructor: y', login)],
  ['two logins', get('/api/auth/me/', login, 'Authorization: Bearer x')],
  ['a length below zero', post('Content-Length: -1')],
  ['two lengths', post('Content-Length: 5', 'Content-Length: 6')],
  ['a length and chunks', post('Content-Length: 5', 'Transfer-Encoding: chunked')],
  ['a length of 2^64', post('Content-Length: 18446744073709551616')],
  ['a length of 10 GB', post('Content-Length: 10000000000')],
  ['an unknown transfer encoding', post('Transfer-Encoding: nonsense')],
  ['chunked twice', `${post('Transfer-Encoding: chunked, chunked')}0\r\n\r\n`],
  ['a chunk whose size is none', `${post('Transfer-Encoding: chunked')}ZZ\r\n{}\r\n0\r\n\r\n`],
  ['a chunk of 2^64', `${post('Transfer-Encoding: chunked')}FFFFFFFFFFFFFFFFF\r\n{}`],
  [
    'a broken chunk without a login, which is answered first',
    `${lines('POST /api/messages/ HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked')}1\r\n{}\r\n0\r\n\r\n`,
  ],
  ['a chunk that is longer than it says', `${post('Transfer-Encoding: chunked')}1\r\n{}\r\n0\r\n\r\n`],
  ['chunk extensions of 20 kB', `${post('Transfer-Encoding: chunked')}2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`],
  ['a body in chunks', `${post('Transfer-Encoding: chunked', 'Connection: close')}2\r\n{}\r\n0\r\n\r\n`],
  ['trailers', `${post('Transfer-Encoding: chunked', 'Connection: close')}2\r\n{}\r\n0\r\nAuthorization: x\r\n\r\n`],
  ['an unknown expectation', `${post('Content-Length: 2', 'Connection: close', 'Expect: the impossible')}{}`],
  [
    'a body too many',
    `${get('/api/users/?search=a', login, 'Content-Length: 5', 'Content-Type: application/json')}{"a":`,
  ],
  ['an upgrade without a key', upgrade('/ws/chat/ID/', version, login)],
  ['an upgrade with a key that is none', upgrade('/ws/chat/ID/', version, login, 'Sec-WebSocket-Key: x')],
  ['an upgrade with two keys', upgrade('/ws/chat/ID/', version, login, key, key)],
  ['an upgrade without a version', upgrade('/ws/chat/ID/', key, login)],
  ['an upgrade of version 7', upgrade('/ws/chat/ID/', key, 'Sec-WebSocket-Version: 7', login)],
  ['an upgrade of version 1e400', upgrade('/ws/chat/ID/', key, 'Sec-WebSocket-Version: 1e400', login)],
  ['an upgrade without a login', upgrade('/ws/chat/ID/', key, version)],
  ['an upgrade with a broken login', upgrade('/ws/chat/ID/', key, version, 'Authorization: Bearer \xff')],
  ['an upgrade of a stranger origin', upgrade('/ws/chat/ID/', key, version, 'Cookie: sessionid=TOKEN', 'Origin: null')],
  ['an upgrade with broken subprotocols', upgrade('/ws/chat/ID/', key, version, login, 'Sec-WebSocket-Protocol: a,,b')],
  ['an upgrade elsewhere', upgrade('/api/users/', key, version, login)],
  ['an upgrade to nothing', upgrade('/ws/chat/nothing/', key, version, login)],
  ['an upgrade of broken percent-encoding', upgrade('/ws/chat/%zz/', key, version, login)],
  ['an upgrade by POST', upgrade('/ws/chat/ID/', key, version, login).replace('GET', 'POST')],
  ['an upgrade to h2c', lines('GET /api/users/ HTTP/1.1', 'Host: x', 'Upgrade: h2c', 'Connection: Upgrade, close')],
  ['no upgrade where one is wanted', get('/ws/chat/ID/', login)],
]
