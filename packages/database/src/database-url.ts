// Reads DATABASE_URL: which server, and how far its certificate is checked.

/** What `sslmode` may say. The first three are libpq's weaker ones: here every encrypted connection is verified. */
const verified = new Set(['prefer', 'require', 'verify-ca', 'verify-full'])
const others = new Set(['disable', 'no-verify'])

/**
 * DATABASE_URL as `pg` shall be told it. `sslmode=require` means `verify-full` here, as it does to the present `pg`,
 * which warns that its next version will check less; whoever wants libpq's meanings says so with `uselibpqcompat=true`.
 *
 * @throws TypeError that says what is wrong; it never repeats the URL, which may hold a password.
 */
export function readDatabaseUrl(text: string): string {
  const [authority = ''] = text.replace(/^[a-z]+:\/\//, '').split(/[/?#]/)
  if (authority.includes(',')) {
    throw new TypeError(
      'DATABASE_URL names several hosts. Name one: an address that follows the primary, or a PgBouncer or HAProxy in front of it',
    )
  }
  const url = parse(text)
  const mode = url.searchParams.get('sslmode')
  if (mode === null || url.searchParams.get('uselibpqcompat') === 'true') return text
  if (!verified.has(mode) && !others.has(mode)) {
    throw new TypeError(`DATABASE_URL has an unknown sslmode. Write ${[...verified, ...others].join(', ')}`)
  }
  if (verified.has(mode)) url.searchParams.set('sslmode', 'verify-full')
  return url.href
}

function parse(text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw new TypeError('DATABASE_URL cannot be read. Special characters in its password are written as %XX')
  }
}
