// Pieces as a socket delivers them, cut anew to one size.

/** The same bytes in chunks of `chunkBytes`, the last one smaller; nothing where there are none. */
export async function* inChunks(source: AsyncIterable<Uint8Array>, chunkBytes: number): AsyncGenerator<Buffer, void> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (const piece of source) {
    held.push(piece)
    heldBytes += piece.length
    if (heldBytes < chunkBytes) continue
    let bytes = Buffer.concat(held)
    for (; bytes.length >= chunkBytes; bytes = bytes.subarray(chunkBytes)) yield bytes.subarray(0, chunkBytes)
    // A copy: a view of a few bytes would keep the whole buffer.
    held = [Buffer.from(bytes)]
    heldBytes = bytes.length
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}
