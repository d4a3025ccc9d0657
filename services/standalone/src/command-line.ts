// What stands behind `npm start --`.
import { parseArgs } from 'node:util'
import { StartError } from '@goftegu/runtime'

/** `demo`: two users are to be there. `newEpoch`: what is in the database was put back from a backup. */
export type CommandLine = { demo: boolean; newEpoch: boolean }

/** What there is to say behind `npm start --`. */
export const usage = `Usage: npm start [-- --demo | --new-epoch]
  --demo       adds two users and a conversation, and prints their passwords
  --new-epoch  after a restore from a backup: clients load anew, and believe no cursor from before
Settings are environment variables, or lines of a file .env: see .env.example.`

/** Whether somebody only wants to read the usage. */
export function asksForHelp(args: string[]): boolean {
  return args.some(arg => arg === '--help' || arg === '-h')
}

/** Reads the arguments; throws StartError with the usage, and where --demo would write into a database of yours. */
export function readCommandLine(args: string[], config: { DATABASE_URL?: string }): CommandLine {
  const { demo, 'new-epoch': newEpoch } = parse(args)
  if (demo && config.DATABASE_URL !== undefined) {
    throw new StartError(
      '--demo adds users to the database, and DATABASE_URL names one of yours. Leave one of the two away.',
    )
  }
  return { demo, newEpoch }
}

const flag = { type: 'boolean', default: false } as const

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { demo: flag, 'new-epoch': flag } }).values
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause)
    throw new StartError(`${what}\n${usage}`, { cause })
  }
}
