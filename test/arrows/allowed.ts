// The arrows between packages, as the architecture draws them.

/**
 * What each package may import directly; whatever lies upstream of that is allowed too. A new package is added here
 * first, and the reason for each arrow is looked for.
 */
export const upstream: Record<string, string[]> = {
  protocol: [],
  runtime: [],
  metrics: ['protocol'],
  tracing: [],
  database: ['metrics'],
  blobs: ['database'],
  accounts: ['database'],
  chat: ['database', 'tracing'],
  bus: ['protocol', 'tracing'],
  http: ['protocol', 'runtime', 'accounts', 'tracing'],
  testkit: ['protocol'],
  replica: ['http', 'chat', 'bus'],
  api: ['replica', 'blobs'],
  gateway: ['replica'],
  standalone: ['api', 'gateway'],
  bench: ['standalone', 'testkit'],
}

/** Rooms inside a package, and who else in it may import them; types may be named anywhere. */
export const rooms = [
  { room: 'packages/chat/src/writer', importers: ['messages', 'chat.ts', 'index.ts'] },
  { room: 'packages/chat/src/changes', importers: ['attachments', 'conversations', 'reads', 'chat.ts', 'index.ts'] },
]

/** Files that nothing of their own package may reach into: they stay pure. */
export const pureFiles = ['packages/chat/src/permissions.ts', 'services/gateway/src/room/sequence.ts']
