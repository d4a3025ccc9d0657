// Hashing passwords: argon2id, a few at a time, and never a long queue of them.
import { availableParallelism } from 'node:os'
import { ChatError } from '@goftegu/protocol'
import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { normalisePassword } from './credentials.ts'

/** OWASP's argon2id: 19 MiB, two passes, one lane. The library's default algorithm is argon2id (its enum is const). */
export const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** A hash of the same cost that no password has: an unknown user takes the time of a wrong password. */
export const hashOfNobody =
  '$argon2id$v=19$m=19456,t=2,p=1$BpoACmebGxWYn2ZLcuj1/Q$HUJDAePQSvXN5yVdBPFeOEJY6Fe2kgXp+5NExUWH0hs'

const cores = availableParallelism()
/** One hash takes 30 to 60 ms of a core, so whoever waits last waits some 3 s. */
const waitingPerCore = 50

export type HasherOptions = { atOnce?: number; mostWaiting?: number }

export type Hasher = ReturnType<typeof createHasher>

/**
 * Hashes at most `atOnce` passwords at a time: more than there are cores would only slow each other and take 19 MiB each.
 * Both verbs throw `busy` when `mostWaiting` wait already.
 */
export function createHasher({ atOnce = cores, mostWaiting = waitingPerCore * cores }: HasherOptions = {}) {
  const inTurn = pLimit(atOnce)
  const hashing = <T>(work: () => Promise<T>): Promise<T> => {
    if (inTurn.pendingCount >= mostWaiting) throw new ChatError('busy', { retryAfterSeconds: 2 })
    return inTurn(work)
  }
  return {
    /** The text to store for `password`. */
    async hash(password: string): Promise<string> {
      return hashing(() => hash(normalisePassword(password), cost))
    },

    /** Whether `password` is the one that `stored` was made from; false, after the same time, where there is none. */
    async verify(stored: string | undefined, password: string): Promise<boolean> {
      const isKnown = stored?.startsWith('$argon2') ?? false
      const matches = await hashing(() => verify(isKnown ? stored! : hashOfNobody, normalisePassword(password)))
      return isKnown && matches
    },
  }
}
