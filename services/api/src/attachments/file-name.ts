// The name that a client gave its file: shown to people, never part of a path.
import { ChatError, hasLength, isStorable } from '@goftegu/protocol'

const maxFileNameCodePoints = 200

/** The last part of what the client sent, whatever slashes are in it; throws invalid_file_name. */
export function fileNameFrom(sent: string | undefined): string {
  const name = sent?.split(/[/\\]/).at(-1)?.trim() ?? ''
  // Control characters would end a header's line, or turn a list of files in a terminal upside down.
  const isPlain = isStorable(name) && !/\p{Cc}/u.test(name) && hasLength(name, 1, maxFileNameCodePoints)
  if (!isPlain) throw new ChatError('invalid_file_name')
  return name
}
