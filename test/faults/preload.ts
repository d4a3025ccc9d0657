// Modules of the tests that a service loads before its own, to do what its product has no switch for.
import { existsSync } from 'node:fs'

/** The environment `env`, with one more module loaded first: `preloading(new URL('./preload/x.ts', import.meta.url), env)`. */
export function preloading(module: URL, env: Record<string, string> = {}): Record<string, string> {
  if (!existsSync(module)) throw new Error(`${module.pathname} is missing`)
  const options = [env.NODE_OPTIONS, `--import=${module.href}`].filter(Boolean)
  return { ...env, NODE_OPTIONS: options.join(' ') }
}
