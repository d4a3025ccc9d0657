// `npm run docs`: writes the README's table of settings, made of the schemas that the services read them with.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))
const readme = `${repository}README.md`
const markers = /(?<=<!-- settings -->\n)[\s\S]*?(?=<!-- \/settings -->)/

type Schema = { properties: Record<string, { default?: unknown; description?: string }>; required?: string[] }
/** What one command, as in `npm run api`, knows of a variable. */
type Reading = { command: string; fallback: string; description: string }

/** The README with the table as it has to be; throws where the markers are missing. */
export async function withSettingsTable(text: string): Promise<string> {
  if (!markers.test(text)) throw new Error('README.md has lost its <!-- settings --> markers')
  const table = tableOf(readingsOf(await schemas()))
  return text.replace(markers, () => `\n${table}\n`)
}

function tableOf(readings: Map<string, Reading[]>): string {
  const rows = [...readings].map(([name, read]) => {
    const commands = read.map(({ command }) => command).join(', ')
    return `| \`${name}\` | ${fallbackOf(read)} | ${commands} | ${read[0]?.description} |\n`
  })
  return `| variable | default | read by | what it is for |\n| --- | --- | --- | --- |\n${rows.join('')}`
}

/** Every variable with those who read it, in the order of the schemas. */
function readingsOf(schemas: [command: string, Schema][]): Map<string, Reading[]> {
  const found = new Map<string, Reading[]>()
  for (const [command, { properties, required = [] }] of schemas) {
    for (const [name, { default: value, description = '' }] of Object.entries(properties)) {
      const fallback = value === undefined ? (required.includes(name) ? 'must be set' : '') : textOf(value)
      found.set(name, [...(found.get(name) ?? []), { command, fallback, description }])
    }
  }
  return found
}

/** Each service's `config.ts` exports `schema`, and `xSchema` for another command `x` that it has. */
export async function schemas(): Promise<[command: string, Schema][]> {
  const files = globSync('services/*/src/config.ts', { cwd: repository })
  const found = files.map(async file => {
    const service = file.split(/[\\/]/)[1]!
    const exported = (await import(pathToFileURL(repository + file).href)) as Record<string, Schema>
    return Object.entries(exported).flatMap(([name, schema]): [string, Schema][] => {
      const other = /^(\w+)Schema$/.exec(name)?.[1]
      return other || name === 'schema' ? [[other ?? commandOf(service), schema]] : []
    })
  })
  const order = ['start', 'api', 'gateway', 'migrate']
  return (await Promise.all(found)).flat().sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
}

function commandOf(service: string): string {
  return service === 'standalone' ? 'start' : service
}

/** One text where all commands agree, else each with the commands that it holds for. */
function fallbackOf(read: Reading[]): string {
  const byText = Map.groupBy(read, ({ fallback }) => fallback)
  if (byText.size === 1) return read[0]!.fallback
  return [...byText]
    .filter(([text]) => text !== '')
    .map(([text, those]) => `${text} (${those.map(({ command }) => command).join(', ')})`)
    .join(', ')
}

function textOf(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : String(value)
  return text === '' ? '' : `\`${text}\``
}

if (import.meta.main) writeFileSync(readme, await withSettingsTable(readFileSync(readme, 'utf8')))
