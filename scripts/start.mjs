// Starts a service with Node 24, and stands between it and npm until it ends.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
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
 * The IPC channel carries no message: its end tells the service that this process is gone, even by `kill -9`.
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
 * A terminal's Ctrl-C reaches the service three times, through the terminal, npm and here; it counts them as one.
 * npm's copy may be late: one that came while this process ends would end it as interrupted, so it stays for it.
 */
function stayWith(service) {
  let isSignalled = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      isSignalled = true
      service.kill(signal)
    })
  }
  const watch = stopWithNpm(() => service.kill('SIGTERM'))
  service.once('error', error => {
    console.error(`The service could not be started: ${error.message}`)
    process.exitCode = 1
  })
  service.once('exit', (code, signal) => {
    clearInterval(watch)
    process.exitCode = code ?? 128 + constants.signals[signal]
    setTimeout(() => process.exit(), isSignalled ? lateCopyMs : 0)
  })
}

/** Nothing tells a child that its parent was killed: it only gets another parent. Only npm is watched, no shell's `&`. */
function stopWithNpm(stop) {
  if (!process.env.npm_lifecycle_event) return undefined
  const npm = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(watch) // once: a second signal would mean haste
    stop()
  }, parentCheckMs)
  return watch
}
