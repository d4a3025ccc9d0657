// Runs a TypeScript file of the repository under Node 24, with everything installed.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, ensureNode24, envWithNode, root } from './toolchain.mjs'

const [file, ...args] = process.argv.slice(2)
if (!file) {
  console.error('Usage: node scripts/run.mjs FILE.ts [arguments]')
  process.exit(2)
}
try {
  const toolchain = await ensureNode24()
  await ensureInstalled({ toolchain })
  const command = ['--conditions=goftegu-source', join(root, file), ...args]
  const child = spawn(toolchain.node, command, { cwd: root, env: envWithNode(toolchain.node), stdio: 'inherit' })
  // A terminal's Ctrl-C reaches the child by itself; it decides what that means.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', code => process.exit(code ?? 1))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
