// Memory for what is kept: slabs that hold nothing else.

const slabBytes = 16 * 1024
/** Larger pieces have memory of their own: at most so much of a slab is left over. */
const largestPiece = slabBytes / 4

let slab: Buffer = Buffer.alloc(0)
let used = 0

/**
 * `length` bytes, not cleared. `Buffer.allocUnsafe` takes them from a slab that it shares with everything else of the
 * process, most of which is gone soon: one kept piece of 300 bytes would hold 8 kB then.
 */
export function allocateKept(length: number): Buffer {
  if (length > largestPiece) return Buffer.allocUnsafeSlow(length)
  if (used + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabBytes)
    used = 0
  }
  const start = used
  used += length
  return slab.subarray(start, used)
}
