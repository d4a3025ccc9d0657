// Numbers on a command line: what is none ends the command before it has done anything.

/** The number that `--name` was given; prints what is wrong, and ends the process with 2, where it is none or below 0. */
export function numberOption(name: string, text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number) && number >= 0) return number
  console.error(`--${name} takes a number, and was given "${text}".`)
  process.exit(2)
}
