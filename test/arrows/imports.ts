// Which modules a source file imports.

export type Import = {
  /** As written: `./writer.ts`, `@goftegu/chat`. */
  from: string
  /** `import type` and `export type`, which vanish before the program runs. */
  isType: boolean
}

/**
 * Every import, re-export and dynamic import of `text`. Read by pattern, without a parser: the formatter keeps
 * statements in one shape, and code inside a string is taken for an import, which errs on the strict side.
 */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text)
  const statements = code.matchAll(/^(import|export)(\s+type)?\b(?:[^'"`;=]*?\bfrom)?\s*'([^']+)'/gm)
  const dynamic = code.matchAll(/\bimport\(\s*'([^']+)'/g)
  return [
    ...[...statements].map(([, , type, from = '']) => ({ from, isType: type !== undefined })),
    ...[...dynamic].map(([, from = '']) => ({ from, isType: false })),
  ]
}

/** Without whole-line and block comments; what follows code on its line stays. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
}
