// The README's first conversation, typed into terminals as it stands there: the first time, and the second.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freshDatabase, type Service, spawnService } from '@goftegu/testkit'
import { type Block, blocksOf, readDocument, repository } from './documents/markdown.ts'
import { Terminal } from './documents/terminal.ts'

const printedAddress = 'http://127.0.0.1:8080'
const manifest: { devDependencies: object } = JSON.parse(readDocument('package.json'))

test('the first conversation goes as the README says, and once more with the same two people', async t => {
  const folder = freshFolder(t)
  const service = await startService(t, folder)
  const address = service.readyMatch![1]!
  const blocks = blocksOf(readDocument('README.md')).map(block => ({
    ...block,
    text: block.text.replaceAll(new URL(printedAddress).host, new URL(address).host),
  }))
  pinWscat(folder)
  assert.match(await converse(t, folder, blocks), /"username":"ann".*"username":"bob"/s)
  assert.match(await converse(t, folder, blocks), /username_taken.*username_taken/s)
})

/** Types all blocks in their order, the socket's and what is typed there in a terminal of their own. */
async function converse(t: TestContext, folder: string, blocks: Block[]): Promise<string> {
  const [ann, bob] = [new Terminal(t, folder), new Terminal(t, folder)]
  const printed: string[] = []
  for (const { language, name, text } of blocks) {
    if (name === 'conversation') printed.push(await ann.run(text))
    if (name === 'socket') {
      bob.type(text)
      await bob.shows('"type":"ready"')
    }
    if (language === 'json' && name === 'answer') {
      await bob.shows('are you there?')
      bob.type(text)
      await bob.shows('hello Ann')
    }
  }
  assert.equal(printed.length, 4)
  const { results } = JSON.parse(printed.at(-1)!) as { results: { content: string; sender: { username: string } }[] }
  const said = results.slice(0, 3).map(({ content, sender }) => `${sender.username}: ${content}`)
  assert.deepEqual(said, ['bob: hello Ann', 'ann: are you there?', 'ann: سلام 👋'])
  return printed.join('\n')
}

async function startService(t: TestContext, folder: string): Promise<Service> {
  const { url } = await freshDatabase(t)
  return spawnService(t, {
    script: join(repository, 'services/standalone/src/server.ts'),
    env: {
      DATABASE_URL: url,
      DATA_DIR: folder,
      PORT: '0',
      HOST: undefined,
      PUBLIC_URL: undefined,
      REDIS_URL: undefined,
    },
    ready: /ready at (http\S+)/,
  })
}

/** An `npx` that runs the wscat of our lockfile: the same program, without asking the registry each time. */
function pinWscat(folder: string): void {
  const [asked] = /(?<=npx -y wscat@)\d+/.exec(readDocument('README.md')) ?? []
  const pinned = JSON.parse(readDocument('node_modules/wscat/package.json')).version as string
  assert.ok('wscat' in manifest.devDependencies && pinned.startsWith(`${asked}.`), `README: ${asked}, here: ${pinned}`)
  const npx = join(folder, 'npx')
  writeFileSync(npx, `#!/bin/sh\nshift 2\nexec "${join(repository, 'node_modules/.bin/wscat')}" "$@"\n`)
  chmodSync(npx, 0o755)
}

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'goftegu-readme-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
