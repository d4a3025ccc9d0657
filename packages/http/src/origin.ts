// Whose page sends this? The rules of the contract's "Authentication", as a pure function.

/** What a request says about the page behind it. */
export type OriginClaims = {
  /** The `Origin` header. */
  origin: string | undefined
  /** The `Sec-Fetch-Site` header: what browsers say where they send no `Origin`. */
  fetchSite: string | undefined
}

/**
 * Whether the request may act with the cookie: its `Origin` is one of `ours` or `allowed`; without `Origin` its
 * `Sec-Fetch-Site` is neither cross-site nor same-site; with neither it does not come from a browser.
 */
export function isOwnOrigin(claims: OriginClaims, ours: readonly string[], allowed: ReadonlySet<string>): boolean {
  const { origin } = claims
  // '' is what `normaliseOrigin` makes of a Host that is none.
  if (origin !== undefined) return origin !== '' && (ours.includes(origin) || allowed.has(origin))
  return claims.fetchSite !== 'cross-site' && claims.fetchSite !== 'same-site'
}

/** `text` as browsers write an origin (lower case, no default port), or '' where it is none. */
export function normaliseOrigin(text: string): string {
  const origin = URL.parse(text)?.origin ?? 'null'
  return origin === 'null' ? '' : origin
}

/** ALLOWED_ORIGINS as they are compared, for acting (the origin check) and for reading (CORS) alike. */
export function normaliseOrigins(texts: readonly string[]): string[] {
  return texts.map(normaliseOrigin).filter(origin => origin !== '')
}
