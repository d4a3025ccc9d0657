// Biome's check for circles of files, proved on a circle of our own.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { repository } from './arrows/workspace.ts'

/** Lints `files` in a folder of their own, with the project's configuration; returns all that Biome printed. */
async function lint(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'goftegu-test-circles-'))
  t.after(() => rmSync(folder, { recursive: true }))
  copyFileSync(join(repository, 'biome.json'), join(folder, 'biome.json'))
  writeFileSync(join(folder, '.gitignore'), 'node_modules/\n') // the configuration asks for one
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const biome = join(repository, 'node_modules', '.bin', 'biome')
  const answer = await promisify(execFile)(biome, ['lint', '.'], { cwd: folder }).catch(error => error)
  return `${answer.stdout}${answer.stderr}`
}

test('two files that import each other are reported', async t => {
  const output = await lint(t, {
    'a.ts': "import { b } from './b.ts'\n\nexport const a = () => b()\n",
    'b.ts': "import { a } from './a.ts'\n\nexport const b = () => a()\n",
  })
  assert.match(output, /noImportCycles/)
})

test('files without a circle pass', async t => {
  const output = await lint(t, {
    'a.ts': "import { b } from './b.ts'\n\nexport const a = () => b()\n",
    'b.ts': 'export const b = () => 1\n',
  })
  assert.doesNotMatch(output, /noImportCycles/)
  assert.match(output, /Checked 3 files/) // both and biome.json: they were looked at
})
