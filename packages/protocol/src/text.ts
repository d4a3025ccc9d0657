// What text is fit to be stored: well-formed, no NUL, length in code points.
import { maxClientIdCodePoints, maxContentCodePoints, maxTitleCodePoints, serverKeyPrefix } from './limits.ts'

/** Counts code points: an emoji outside the BMP is one, where `length` says two. */
export function codePoints(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length - 1; i++) {
    const isPair = (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00
    if (isPair) count--
  }
  return count
}

/** Whether PostgreSQL would give `text` back as it is: no lone surrogate (stored as U+FFFD in silence), no NUL (refused). */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** `text` without the controls that turn the direction of what stands around them, so that it reads as something else. */
export function withoutBidiControls(text: string): string {
  return text.replace(/[\u202A-\u202E\u2066-\u2069]/g, '')
}

/** Whether `text`'s length lies within min..max code points, in O(1) where its UTF-16 length already tells. */
export function hasLength(text: string, min: number, max: number): boolean {
  if (text.length > max * 2) return false
  const length = text.length <= max ? text.length : codePoints(text)
  return length <= max && (text.length >= min * 2 || codePoints(text) >= min)
}

/** Whether `content` is a message: 1..10,000 code points after trimming its ends (the frame and body limits bound the rest). */
export function isContent(content: string): boolean {
  return isStorable(content) && hasLength(content.trim(), 1, maxContentCodePoints)
}

/** Whether a client may use `clientId` as its idempotency key. */
export function isClientId(clientId: string): boolean {
  return !clientId.startsWith(serverKeyPrefix) && isStorable(clientId) && hasLength(clientId, 1, maxClientIdCodePoints)
}

/** Whether a key was made by the server: clients never see it. */
export function isServerKey(key: string): boolean {
  return key.startsWith(serverKeyPrefix)
}

/** Whether `title` can name a group. */
export function isTitle(title: string): boolean {
  return isStorable(title) && hasLength(title.trim(), 1, maxTitleCodePoints)
}
