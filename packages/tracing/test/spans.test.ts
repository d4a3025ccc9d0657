// Off, tracing is nothing: no span, no SDK. On, a bounded number of traces a second.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'

const loaded: string[] = []
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    loaded.push(resolved.url)
    return resolved
  },
})

const hasSdk = () => loaded.some(url => url.includes('sdk-trace'))

test('the SDK is loaded when tracing is turned on, and no sooner', async t => {
  const { begin, inSpan, isTracing, outside, startTracing } = await import('../src/index.ts')
  assert.deepEqual([isTracing(), begin('a', { isRoot: true }), hasSdk()], [false, undefined, false])
  assert.equal(
    inSpan(undefined, () => 1),
    1,
  )
  const collector = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
  await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve))
  t.after(() => collector.close())
  const stop = await startTracing(`http://127.0.0.1:${(collector.address() as AddressInfo).port}/`, assert.fail)
  assert.deepEqual([isTracing(), hasSdk()], [true, true])

  assert.equal(begin('child'), undefined, 'nothing is under way')
  const root = begin('root', { isRoot: true })
  const child = inSpan(root, () => begin('child'))
  assert.equal(child?.spanContext().traceId, root?.spanContext().traceId)
  assert.equal(
    inSpan(root, () => outside(() => begin('child'))),
    undefined,
  )
  const next = inSpan(root, () => begin('next', { isRoot: true }))
  assert.notEqual(next?.spanContext().traceId, root?.spanContext().traceId)
  root?.end()
  assert.equal(
    inSpan(root, () => begin('late')),
    undefined,
    'its trace is over',
  )
  assert.equal(begin('group', { links: [undefined] }), undefined)
  assert.ok(begin('group', { links: [root, undefined] }))

  const more = Array.from({ length: 1_000 }, () => begin('root', { isRoot: true })).filter(Boolean).length
  assert.ok(more >= 98 && more <= 298, `${more} traces in one second, or on its border`)
  await stop()
})
