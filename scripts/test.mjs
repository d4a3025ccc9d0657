// `npm test`: brings Node 24 and the dependencies, then runs scripts/test/run.ts.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, ensureNode24, envWithNode, root } from './toolchain.mjs'

try {
  const toolchain = await ensureNode24()
  await ensureInstalled({ toolchain })
  runTests(toolchain.node)
} catch (error) {
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}

/** The runner is Node 24's, in a process of its own; this one passes signals on and ends as it ends. */
function runTests(node) {
  const args = ['--conditions=goftegu-source', join(root, 'scripts', 'test', 'run.ts'), ...process.argv.slice(2)]
  // The channel is how the runner learns that this process was killed: it then stops its servers.
  const child = spawn(node, args, { cwd: root, env: envWithNode(node), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal) console.log(`The run was ended by ${signal}.\n0 passed, 1 failed`)
    process.exit(code ?? 1)
  })
}
