// Reads what tests need of a Markdown file: its blocks, its prose, its links.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../..', import.meta.url))

/** A fenced block: ```` ```json ready ```` has the language `json` and the name `ready`. */
export type Block = { language: string; name: string; text: string }

/** @param path from the repository's folder: `docs/protocol.md` */
export function readDocument(path: string): string {
  return readFileSync(new URL(path, `file://${repository}`), 'utf8')
}

const fence = /^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(fence)].map(([, language = '', name = '', text = '']) => ({ language, name, text }))
}

/** The text without its blocks, each paragraph on one line, so that a sentence can be found however it is wrapped. */
export function proseOf(markdown: string): string {
  return markdown.replaceAll(fence, '').replaceAll(/(?<=\S)\n(?=\S)/g, ' ')
}

/** Where `[text](target)` leads, without `#fragment`; addresses with a scheme are left out. */
export function relativeLinksOf(markdown: string): string[] {
  const targets = [...markdown.replaceAll(fence, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter(target => !/^([a-z]+:|#)/.test(target)).map(target => target.replace(/#.*$/, ''))
}
