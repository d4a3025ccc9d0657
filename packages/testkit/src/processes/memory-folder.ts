// A folder in memory, for a server whose data nobody needs after the run.
import { accessSync, constants, statfsSync } from 'node:fs'
import { freemem } from 'node:os'

/** Linux keeps it for POSIX shared memory; in a container it has 64 MiB as a rule. */
const path = '/dev/shm'
/** A run of all tests had 170 MB there at its fullest. */
const leastBytes = 2 ** 30

/**
 * The folder, where both it and the machine have 1 GiB free; else undefined. Writing there waits for no disk (`npm test`
 * takes a fifth less), and what is there survives every process, though not the machine.
 */
export function memoryFolder(): string | undefined {
  try {
    accessSync(path, constants.W_OK)
    const { bavail, bsize } = statfsSync(path)
    return Math.min(bavail * bsize, freemem()) >= leastBytes ? path : undefined
  } catch {
    return undefined
  }
}
