// Which usernames, passwords, names and pictures are accepted, and how usernames compare.
import {
  ChatError,
  type FieldError,
  hasLength,
  isStorable,
  maxPasswordCodePoints,
  maxUsernameCodePoints,
  minPasswordCodePoints,
  withoutBidiControls,
} from '@goftegu/protocol'

/** First and last names, in code points; both are indexed, and an index entry of PostgreSQL has at most 2,704 bytes. */
const maxNameCodePoints = 150
/** Long enough for any address in use, short enough for every event that carries it. */
const maxPictureCharacters = 2_048

/** Control characters and line separators. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}]/u
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u
/** Characters that show nothing, by which two usernames would look alike (Unicode's default ignorables). Allowed are… */
const invisible = /(?!\u200C|\u200D|\uFE0F)\p{Default_Ignorable_Code_Point}/u
/** …the joiners after a letter that they may shape (می‌خواهم), which none with an upper case is, or within an emoji… */
const strayJoiner =
  /(?<![\p{Lo}[\p{M}--[\u0300-\u036F]]\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])[\u200C\u200D]|[\u200C\u200D](?![\p{L}\p{M}\p{N}\p{Extended_Pictographic}])/v
/** …and the selector of an emoji's coloured variant. */
const strayVariant = /(?<!\p{Extended_Pictographic})\uFE0F/u

/** The username as it is compared: two that look alike in width, ligature or case are one. */
export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase()
}

/** The password as it is hashed: the same on keyboards that compose characters differently (NIST SP 800-63B, 5.1.1.2). */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC')
}

/** Whether `username` may be registered; its key is judged too, since NFKC can make 18 characters of one. */
export function isUsername(username: string): boolean {
  const key = usernameKey(username)
  return [username, key].every(
    text =>
      isStorable(text) &&
      hasLength(text, 1, maxUsernameCodePoints) &&
      text.trim() === text &&
      visible.test(text) &&
      isPrintable(text) &&
      [invisible, strayJoiner, strayVariant].every(pattern => !pattern.test(text)),
  )
}

function isPrintable(text: string): boolean {
  return !unprintable.test(text) && withoutBidiControls(text) === text
}

function isPassword(password: string): boolean {
  return isStorable(password) && hasLength(password, minPasswordCodePoints, maxPasswordCodePoints)
}

function isName(name: string): boolean {
  return isStorable(name) && hasLength(name, 0, maxNameCodePoints) && isPrintable(name)
}

function isPicture(url: string): boolean {
  return url.length <= maxPictureCharacters && isStorable(url) && /^https?:\/\/\S+$/i.test(url) && URL.canParse(url)
}

type Fields = {
  username?: string
  password?: string
  /** A new password, under the name that it has in its request. */
  new?: string
  first_name?: string
  last_name?: string
  profile_picture?: string | null
}

const passwordRule = `must be ${minPasswordCodePoints} to ${maxPasswordCodePoints} characters`
const nameRule = `must be at most ${maxNameCodePoints} printable characters`
const rules: { [Field in keyof Fields]-?: { accepts: (value: string) => boolean; detail: string } } = {
  username: {
    accepts: isUsername,
    detail: `must be 1 to ${maxUsernameCodePoints} printable characters, none invisible, without blanks at its ends`,
  },
  password: { accepts: isPassword, detail: passwordRule },
  new: { accepts: isPassword, detail: passwordRule },
  first_name: { accepts: isName, detail: nameRule },
  last_name: { accepts: isName, detail: nameRule },
  profile_picture: { accepts: isPicture, detail: 'must be null or a URL beginning with https:// or http://' },
}

/** Judges each field that is there. Throws `invalid_request` with one entry for each at fault. */
export function checkFields(fields: Fields): void {
  const errors: FieldError[] = []
  for (const field of Object.keys(rules) as (keyof Fields)[]) {
    const value = fields[field]
    if (typeof value === 'string' && !rules[field].accepts(value)) {
      errors.push({ path: `/${field}`, detail: rules[field].detail })
    }
  }
  if (errors.length > 0) throw new ChatError('invalid_request', { errors })
}
