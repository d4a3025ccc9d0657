// Why PostgreSQL or Redis cannot be used, and what whoever runs us can do about it.

const unknownAuthority = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What to do by an error's code or SQLSTATE. */
const byCode: Record<string, string> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name. Use the name that the certificate has, or have one issued for this name',
  ECONNREFUSED: 'nobody listens there. Start that server, or correct its address in DATABASE_URL or REDIS_URL',
  ENOTFOUND: 'there is no host of that name. Correct it in DATABASE_URL or REDIS_URL',
  CERT_HAS_EXPIRED: 'its certificate has expired. Renew it',
  '3D000': 'create the database, or name another in DATABASE_URL',
  '42883': 'the database is not migrated. Run: npm run migrate',
  '28P01': 'correct the user or the password in DATABASE_URL',
}

/** What to do by the words of an error that has no code of its own. */
const byMessage: [RegExp, string][] = [
  [/does not support SSL/, 'give PostgreSQL a certificate (ssl = on), or leave sslmode out where the way is safe'],
  [/pg_hba\.conf.*no encryption/, 'the server wants TLS: add ?sslmode=verify-full to DATABASE_URL'],
  [/connection requires a valid client certificate/, 'add sslcert=FILE and sslkey=FILE to DATABASE_URL'],
  [/password must be a string/, 'give it a password: DATABASE_URL=postgresql://USER:PASSWORD@HOST:PORT/DATABASE'],
  [/recovery is in progress/, 'it is a standby. DATABASE_URL must lead to the primary'],
]

/** The error's words, and what can be done about it where that is known. One line, without a secret. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const words = error.message || codeOf(error) || error.name // where a name has several addresses, Node has no words
  const advice = adviceFor(error)
  return advice ? `${words}: ${advice}` : words
}

/** What whoever runs us can do about the error; undefined where that is not known. */
export function adviceFor(error: Error): string | undefined {
  const code = codeOf(error)
  if (unknownAuthority.has(code)) {
    return 'nobody here knows who signed its certificate. Name the authority’s file: sslrootcert=FILE in DATABASE_URL, or NODE_EXTRA_CA_CERTS=FILE for PostgreSQL and Redis'
  }
  return byCode[code] ?? byMessage.find(([words]) => words.test(error.message))?.[1]
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
