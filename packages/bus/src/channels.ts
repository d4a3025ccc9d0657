// The names of the channels, bucketed so that Redis Cluster can take them in batches.

/** Conversations and users share this many hash-tagged buckets, so one SSUBSCRIBE per bucket is enough on a Cluster. */
export const bucketCount = 1024

/** The channel everybody listens to for what concerns every replica: ended sessions, revoked roles. */
export const controlChannel = 'control'

/** The channel of one conversation's changes: `conv:{b}:id`, b = id mod 1024. The braces are Redis' hash tag. */
export function conversationChannel(conversationId: number): string {
  return `conv:{${conversationId % bucketCount}}:${conversationId}`
}

/** The channel of what concerns one user everywhere: added to a conversation, session ended. `user:{b}:id`. */
export function userChannel(userId: number): string {
  return `user:{${userId % bucketCount}}:${userId}`
}

export type ChannelSubject = { kind: 'conversation' | 'user'; id: number } | { kind: 'control' }

/** What a channel is about: the inverse of the three names above; undefined for any other string. */
export function channelSubject(channel: string): ChannelSubject | undefined {
  if (channel === controlChannel) return { kind: 'control' }
  const parts = /^(conv|user):\{\d+\}:(\d+)$/.exec(channel)
  if (!parts) return undefined
  return { kind: parts[1] === 'conv' ? 'conversation' : 'user', id: Number(parts[2]) }
}
