// An upload on this machine's disk until it is whole.
import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

const pieceBytes = 64 * 1024

export type Spooled = {
  byteSize: number
  /** In hexadecimal. */
  sha256: string
  /** The bytes, as often as they are asked for. */
  read(): Readable
}

/**
 * Takes in all of `source`, hands it to `use`, and forgets it. Rejects with what `source` threw.
 * The file has no name any more when its first byte is written, so that no crash leaves one; it lies where Node's
 * `tmpdir()` is (`TMPDIR`).
 */
export async function spooled<T>(source: AsyncIterable<Uint8Array>, use: (file: Spooled) => Promise<T>): Promise<T> {
  const path = join(tmpdir(), `goftegu-upload-${randomUUID()}`)
  const file = await open(path, 'wx+', 0o600)
  try {
    await rm(path)
    const hash = createHash('sha256')
    let byteSize = 0
    for await (const piece of source) {
      hash.update(piece)
      byteSize += piece.length
      await file.writeFile(piece) // where the last one ended
    }
    const read = () => Readable.from(piecesOf(file), { objectMode: false })
    return await use({ byteSize, sha256: hash.digest('hex'), read })
  } finally {
    await file.close()
  }
}

/** Not the handle's own streams: it would not close before each of them has. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Buffer, void> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(pieceBytes), position: at })
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}
