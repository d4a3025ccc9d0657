// The name that a client gave its file: shown to people, never part of a path.
import { ChatError, hasLength, isStorable, withoutBidiControls } from '@goftegu/protocol'

const maxFileNameCodePoints = 200

/**
 * The last part of what the client sent, whatever slashes are in it, without the controls by which `gpj.exe` would read
 * as `exe.jpg`; throws invalid_file_name.
 */
export function fileNameFrom(sent: string | undefined): string {
  const name = withoutBidiControls(sent?.split(/[/\\]/).at(-1) ?? '').trim()
  // Control characters and line separators would end a header's line, or turn a list of files in a terminal upside down.
  const isPlain = isStorable(name) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) && hasLength(name, 1, maxFileNameCodePoints)
  if (!isPlain) throw new ChatError('invalid_file_name')
  return name
}
