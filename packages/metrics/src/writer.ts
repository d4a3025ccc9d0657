// The writer: what becomes of messages, in which groups, how fast.
import type { ErrorCode } from '@goftegu/protocol'
import { Histogram, type Registry } from 'prom-client'
import { groupBuckets, latencyBuckets } from './buckets.ts'
import { gaugeOf } from './readings.ts'
import { Tally } from './tally.ts'

export type WriterMetrics = ReturnType<typeof writerMetrics>

export function writerMetrics(registry: Registry) {
  return {
    messages: new Tally<'stored' | 'repeat' | ErrorCode>(registry, {
      name: 'goftegu_messages_total',
      help: 'Messages that the writer answered: stored, repeat (the client_id was known), or the code of the refusal.',
      label: 'outcome',
      // What an alarm asks for is told from 0 on: a series that begins at 1 has not increased.
      values: [
        'stored',
        'repeat',
        'conversation_not_found',
        'client_id_conflict',
        'busy',
        'outcome_unknown',
        'invalid_request',
      ],
    }),
    commitSeconds: new Histogram({
      name: 'goftegu_commit_seconds',
      help: 'From a message being queued in the writer to its commit being known.',
      buckets: latencyBuckets,
      registers: [registry],
    }),
    groupSeconds: new Histogram({
      name: 'goftegu_group_seconds',
      help: 'Round trip to PostgreSQL of one group of messages, its commit included.',
      buckets: latencyBuckets,
      registers: [registry],
    }),
    groupMessages: new Histogram({
      name: 'goftegu_group_messages',
      help: 'Messages in a group that was sent to PostgreSQL.',
      buckets: groupBuckets,
      registers: [registry],
    }),
    groupFailures: new Tally<'locked' | 'again' | 'culprit'>(registry, {
      name: 'goftegu_group_failures_total',
      help: 'Groups that failed: a row stayed locked, PostgreSQL was away or refused for now, or a message was at fault.',
      label: 'failure',
      values: ['locked', 'again', 'culprit'],
    }),
    waitingMessages: gaugeOf(registry, {
      name: 'goftegu_writer_waiting_messages',
      help: 'Messages that wait in the writer for their commit.',
    }),
    waitingBytes: gaugeOf(registry, {
      name: 'goftegu_writer_waiting_bytes',
      help: 'Bytes of the texts of the messages that wait in the writer.',
    }),
  }
}
