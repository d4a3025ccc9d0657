// Finds Node 24 and pnpm 11, through npm where they are missing, and installs.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Plain JavaScript without dependencies: this runs on Node 20, before anything is installed.

/** The repository's own folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const nodeMajor = 24
const pnpmMajor = 11 // pinned: npm's `latest` moves on to majors that nobody tried here
const windows = process.platform === 'win32'
const answerFile = join(root, '.cache', 'toolchain.json')
const stampFile = join(root, 'node_modules', '.goftegu-installed.json')

/**
 * Finds Node 24 or newer and pnpm 11; fetches through npx what the machine lacks.
 * The answer is kept in `.cache/`, so only the first call takes seconds.
 * @returns {Promise<{ node: string, pnpm: string[] }>} `node` is the path of the executable;
 *   `pnpm` is a command line to put arguments behind: `spawn(pnpm[0], [...pnpm.slice(1), 'install'])`.
 * @throws {Error} when npm cannot fetch them; the message says what to do.
 */
export async function ensureNode24() {
  const remembered = rememberedAnswer()
  if (remembered) return remembered
  const node = majorOf(process.versions.node) >= nodeMajor ? process.execPath : undefined
  const pnpm = node && (await pnpmOnPath(node))
  const answer = node && pnpm ? { node, pnpm } : await fetchThroughNpx(node)
  remember(answer)
  return answer
}

/**
 * Installs the dependencies, frozen to the lockfile, unless what is there already fits.
 * An install made for development serves production too, and is never stripped down to it.
 * @param {{ prod?: boolean, toolchain?: { node: string, pnpm: string[] } }} [options]
 *   `prod`: only what runs, without the tools of development.
 * @returns {Promise<'present' | 'installed'>}
 * @throws {Error} when pnpm fails; its own output has been shown on stderr.
 */
export async function ensureInstalled({ prod = false, toolchain } = {}) {
  const hash = dependenciesHash()
  const present = installedKind()
  const kind = prod && present !== 'dev' ? 'prod' : 'dev'
  const stamp = readJson(stampFile)
  if (stamp?.hash === hash && present && (present === 'dev' || present === kind)) return 'present'
  const { node, pnpm } = toolchain ?? (await ensureNode24())
  say(`Installing dependencies (${kind === 'prod' ? 'only what runs' : 'with the tools of development'}) ...`)
  // A pnpm script is run by the node that was found, whatever `node` means on this PATH.
  const args = ['install', '--frozen-lockfile', '--config.confirm-modules-purge=false', '--reporter=append-only']
  if (kind === 'prod') args.push('--prod')
  const { code, output } = await run(pnpm[0], [...pnpm.slice(1), ...args], { env: envWithNode(node) })
  if (code !== 0) throw new Error(`The dependencies could not be installed:\n${output.trim()}`)
  // pnpm takes a program for this platform that it could not fetch for one that is not needed. Try again next time.
  if (!output.includes('could not be fetched')) writeFileSync(stampFile, JSON.stringify({ hash, kind }))
  return 'installed'
}

/**
 * The environment for child processes: `node` means the Node that was found, and it keeps what it compiled in `.cache/`,
 * which spares a start a third of its time (the API: 1.0 s without, 0.6 s with).
 * @param {string} node path of the executable
 */
export function envWithNode(node) {
  const path = Object.keys(process.env).find(name => name.toUpperCase() === 'PATH') ?? 'PATH'
  return {
    NODE_COMPILE_CACHE: join(root, '.cache', 'compile'),
    ...process.env,
    [path]: join(node, '..') + delimiter + (process.env[path] ?? ''),
  }
}

function rememberedAnswer() {
  const answer = readJson(answerFile)
  // Another user's copy (under root's home, say) may be there and yet out of reach.
  if (answer?.nodeMajor !== nodeMajor || answer.pnpmMajor !== pnpmMajor) return undefined
  if (!isRunnable(answer.node) || !answer.pnpm.every(part => isReadable(part))) return undefined
  return { node: answer.node, pnpm: answer.pnpm }
}

function remember(answer) {
  try {
    mkdirSync(join(root, '.cache'), { recursive: true })
    writeFileSync(answerFile, JSON.stringify({ nodeMajor, pnpmMajor, ...answer }))
  } catch {
    // A read-only checkout works too, only more slowly.
  }
}

async function pnpmOnPath(node) {
  if (windows) return undefined // .cmd files need a shell; npx' copy is a script that node runs
  const folder = (process.env.PATH ?? '').split(delimiter).find(folder => isRunnable(join(folder, 'pnpm')))
  if (!folder) return undefined
  const pnpm = join(folder, 'pnpm')
  const { code, output } = await run(pnpm, ['--version'], { env: envWithNode(node) })
  return code === 0 && majorOf(output.trim()) === pnpmMajor ? [pnpm] : undefined
}

/** Has npx fetch what is missing, and asks from inside for the paths, so that npx itself need not stay. */
async function fetchThroughNpx(node) {
  say(`Fetching ${node ? '' : `Node ${nodeMajor} and `}pnpm ${pnpmMajor} through npm, once ...`)
  const packages = [...(node ? [] : ['-p', `node@${nodeMajor}`]), '-p', `pnpm@${pnpmMajor}`]
  // A file, not `node -p`: an expression would need quoting for Windows' shell.
  const locate = join(root, 'scripts', 'toolchain-locate.mjs')
  const command = ['-y', '--loglevel=error', ...packages, '--', 'node', windows ? `"${locate}"` : locate]
  const { code, output } = await run('npx', command, { shell: windows })
  const line = output.split('\n').find(line => line.startsWith('{"node":'))
  if (code !== 0 || !line) {
    throw new Error(
      `Node ${nodeMajor} and pnpm ${pnpmMajor} could not be fetched through npm. Check the network ` +
        `(npm ping), or install both yourself and put them on the PATH.\n${output.trim()}`,
    )
  }
  const found = JSON.parse(line)
  return { node: node ?? found.node, pnpm: [node ?? found.node, found.pnpm] }
}

/** Whether node_modules holds everything ('dev'), only what runs ('prod'), or nothing whole (undefined). */
function installedKind() {
  const modules = readText(join(root, 'node_modules', '.modules.yaml'))
  if (!modules) return undefined
  return /"?devDependencies"?: true/.test(modules) ? 'dev' : 'prod'
}

/** One hash over all that decides what an install puts where. */
function dependenciesHash() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  const folders = ['packages', 'services'].flatMap(parent =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map(name => join(parent, name)) : [],
  )
  const manifests = ['.', 'bench', ...folders.sort()].map(folder => join(folder, 'package.json'))
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    hash.update(`\0${file}\0`).update(readText(join(root, file)) ?? '')
  }
  return hash.digest('hex')
}

/** Runs a command to its end; stdout and stderr come back together. */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    child.stderr.on('data', chunk => (output += chunk))
    child.once('error', error => reject(new Error(`${command} could not be started: ${error.message}`)))
    child.once('close', code => resolve({ code, output }))
  })
}

function majorOf(version) {
  return Number.parseInt(version, 10)
}

function isRunnable(path) {
  return canAccess(path, constants.X_OK)
}

function isReadable(path) {
  return canAccess(path, constants.R_OK)
}

function canAccess(path, mode) {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** Tells a person what takes long. stderr, so that stdout stays the program's own. */
function say(line) {
  process.stderr.write(`${line}\n`)
}
