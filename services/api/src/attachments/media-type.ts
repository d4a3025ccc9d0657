// Which files may be attached: their content must be what their name says.
import { ChatError } from '@goftegu/protocol'
import { fileTypeFromBuffer } from 'file-type'

/** How much of a file its type is read from, in bytes: also of a PNG with a large colour profile before its image. */
export const headBytes = 64 * 1024

type Kind = { mediaType: string; contents: readonly string[] }

const jpeg: Kind = { mediaType: 'image/jpeg', contents: ['image/jpeg'] }

/** By the name's last ending: what is served, and which contents (in file-type's words) fit. */
const kinds = new Map<string, Kind>([
  ['jpg', jpeg],
  ['jpeg', jpeg],
  ['png', { mediaType: 'image/png', contents: ['image/png', 'image/apng'] }],
  ['gif', { mediaType: 'image/gif', contents: ['image/gif'] }],
  ['webp', { mediaType: 'image/webp', contents: ['image/webp'] }],
  // image/heif is the container that both are; some encoders name nothing closer first.
  ['avif', { mediaType: 'image/avif', contents: ['image/avif', 'image/heif'] }],
  [
    'heic',
    { mediaType: 'image/heic', contents: ['image/heic', 'image/heic-sequence', 'image/heif', 'image/heif-sequence'] },
  ],
  ['mp4', { mediaType: 'video/mp4', contents: ['video/mp4', 'video/x-m4v'] }],
  ['mov', { mediaType: 'video/quicktime', contents: ['video/quicktime'] }],
])

/** The endings that may be attached, for the test that compares them with the contract. */
export const allowedEndings = [...kinds.keys()]

/** The kind that the name claims, before a byte is read; throws unsupported_file_type. */
export function kindOf(fileName: string): Kind {
  const ending = /\.([a-z0-9]+)$/i.exec(fileName)?.[1]?.toLowerCase()
  const kind = ending === undefined ? undefined : kinds.get(ending)
  if (!kind) throw new ChatError('unsupported_file_type')
  return kind
}

/** Throws unsupported_file_type unless a file that begins with `head` is of `kind`. */
export async function checkContent(kind: Kind, head: Uint8Array): Promise<void> {
  const found = await fileTypeFromBuffer(head)
  if (!found || !kind.contents.includes(found.mime)) throw new ChatError('unsupported_file_type')
}
