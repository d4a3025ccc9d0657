// Starts a service with Node 24, and stands between it and npm until it ends.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { ensureInstalled, ensureNode24, envWithNode, root } from './toolchain.mjs'

// Plain JavaScript without dependencies: this runs on Node 20, before anything is installed.

const targets = {
  standalone: 'services/standalone/src/server.ts',
  api: 'services/api/src/server.ts',
  gateway: 'services/gateway/src/server.ts',
  migrate: 'services/api/src/migrate.ts',
}
const parentCheckMs = 250
const lateCopyMs = 150

const [target, ...args] = process.argv.slice(2)
// `npm start --demo`: without the -- npm keeps the flag for itself, and tells of it here.
if (process.env.npm_config_demo === 'true') args.push('--demo')
const file = targets[target]
if (!file) {
  console.error(`Usage: node scripts/start.mjs ${Object.keys(targets).join('|')} [arguments]`)
  process.exit(2)
}

try {
  const toolchain = await ensureNode24()
  await ensureInstalled({ prod: true, toolchain })
  stayWith(startService(toolchain.node))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

/**
 * The IPC channel carries no message: its end tells the service that nobody waits for it, even after `kill -9`.
 * @param {string} node path of the executable
 */
function startService(node) {
  const options = ['--conditions=goftegu-source']
  if (existsSync(join(root, '.env'))) options.push('--env-file=.env') // the environment wins over the file
  const command = [...options, join(root, file), ...args]
  return spawn(node, command, { cwd: root, env: envWithNode(node), stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
}

/**
 * Passes signals on, and ends when and how the service ends.
 * A terminal's Ctrl-C reaches the service by itself, and comes here twice: from the terminal, and from npm, however late.
 * It is passed on as the end of the channel, which the service never takes for a second Ctrl-C.
 */
function stayWith(service) {
  const letGo = () => service.connected && service.disconnect()
  const inTerminal = [0, 1, 2].some(isatty)
  let isSignalled = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      isSignalled = true
      if (signal === 'SIGINT' && inTerminal) letGo()
      else service.kill(signal)
    })
  }
  const watch = stopWithNpm(letGo)
  service.once('error', error => {
    console.error(`The service could not be started: ${error.message}`)
    process.exitCode = 1
  })
  service.once('exit', (code, signal) => {
    clearInterval(watch)
    process.exitCode = code ?? 128 + constants.signals[signal]
    // npm's copy may come only now; one that came while this process ends would end it as interrupted.
    setTimeout(() => process.exit(), isSignalled ? lateCopyMs : 0)
  })
}

/** Nothing tells a child that its parent was killed: it only gets another parent. Only npm is watched, no shell's `&`. */
function stopWithNpm(stop) {
  if (!process.env.npm_lifecycle_event) return undefined
  const npm = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(watch)
    stop()
  }, parentCheckMs)
  return watch
}
