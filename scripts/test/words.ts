// How lines of the test report look.
import { styleText } from 'node:util'

export function mark(isGood: boolean): string {
  return isGood ? styleText('green', 'ok  ') : styleText('red', 'FAIL')
}

export function dim(text: string): string {
  return styleText('dim', text)
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

/** Moves every line to the right. */
export function indent(text: string, by = 2): string {
  return text.replaceAll(/^/gm, ' '.repeat(by))
}
