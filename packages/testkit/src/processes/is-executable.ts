// Whether a program is there and may be run.
import { accessSync, constants } from 'node:fs'

/** False where nothing is at `path`, or where this user may not run it. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
