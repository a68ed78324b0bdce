import type { Signal } from '@otelier/otlp';
import type { ConfigIssue, ConfigUse, SendingSchema } from '../../component/define.ts';
import { duration, ignored, notYet, z } from '../../component/schema.ts';
import { checkKafkaClient, kafkaClientFields } from '../../kafka/client-fields.ts';
import { DEFAULT_TOPICS } from '../../kafka/topics.ts';
import { sentEncodings } from '../../messages/encode.ts';

const signalField = (signal: Signal) => {
  const encodings = sentEncodings(signal);
  return z
    .object({
      topic: z.string().min(1).prefault(DEFAULT_TOPICS[signal]).describe('Name of the topic.'),
      encoding: z
        .string()
        .prefault('otlp_proto')
        .refine((encoding) => encodings.includes(encoding), {
          error: ({ input }) =>
            `expected one of ${encodings.join(', ')}, got ${JSON.stringify(input)}; otelier has no encoding extensions`,
        })
        .describe(`Encoding of the messages: ${encodings.join(', ')}.`),
      topicFromMetadataKey: z
        .string()
        .prefault('')
        .describe('Key of the request metadata whose value is the topic, if there is one.'),
      messageKeyFromMetadataKey: z
        .string()
        .prefault('')
        .describe('Key of the request metadata whose value is the key of the messages, if there is one.'),
    })
    .prefault({})
    .describe(`Messages with ${signal}.`);
};

const flag = (description: string) => z.boolean().prefault(false).describe(description);

const MAX_BYTES = 2 ** 31 - 1;

export const kafkaExporterConfig = z.object({
  ...kafkaClientFields,
  traces: signalField('traces'),
  metrics: signalField('metrics'),
  logs: signalField('logs'),
  profiles: signalField('profiles'),
  topicFromAttribute: z.string().prefault('').describe('Resource attribute whose value is the topic, if there is one.'),
  includeMetadataKeys: z
    .array(z.string().min(1))
    .prefault([])
    .describe('Keys of the request metadata that become headers of the messages.'),
  recordHeaders: z
    .record(z.string(), z.string())
    .prefault({})
    .describe('Headers of all messages, which are neither secret nor masked.'),
  signalHeader: flag('Whether messages have the header `otelcol.signal`, so that signals can share a topic.'),
  partitionTracesById: flag('Whether the trace ID is the key of messages, so that a trace stays in one partition.'),
  partitionMetricsByResourceAttributes: flag(
    'Whether the hash of the resource attributes is the key of messages, so that a resource stays in one partition.',
  ),
  partitionLogsByResourceAttributes: flag(
    'Whether the hash of the resource attributes is the key of messages, so that a resource stays in one partition.',
  ),
  partitionLogsByTraceId: flag('Whether the trace ID is the key of messages. Records without one have no key.'),
  recordPartitioner: z
    .object({
      stickyKey: z
        .object({
          hasher: z
            .enum(['sarama_compat', 'murmur2'])
            .prefault('sarama_compat')
            .describe('Hash of the key: that of the Go client Sarama, or that of the Java client.'),
        })
        .optional()
        .describe(
          'The key decides about the partition. Messages without one go to a partition, which changes with each request.',
        ),
      roundRobin: z.object({}).optional().describe('Each message goes to the next partition.'),
      leastBackup: z
        .object({})
        .optional()
        .describe('Each message goes to the partition with the fewest unacknowledged messages.'),
      extension: notYet('use `sticky_key`').describe('An extension decides. Not supported.'),
    })
    .prefault({})
    .refine((one) => Object.values(one).filter((value) => value !== undefined).length <= 1, {
      error: 'expected one strategy',
    })
    .describe('How messages are assigned to partitions. Default: `sticky_key`.'),
  producer: z
    .object({
      maxMessageBytes: z
        .int()
        .min(1)
        .max(MAX_BYTES)
        .prefault(1_000_000)
        .describe('Maximum size of a message before compression. Larger batches are split.'),
      maxBrokerWriteBytes: ignored('requests have at most `max_message_bytes` for each batch in flight', {
        schema: z.int(),
      }),
      requiredAcks: z
        .union([z.literal('all').transform(() => -1), z.literal([0, 1, -1])], {
          error: 'expected 0, 1, -1 or "all"',
        })
        .prefault(1)
        .describe(
          'Replicas that must have a message before it counts as sent: `all` (-1) in-sync ones, 1 for the leader, 0 for none. With `all`, the broker recognizes messages that are sent again.',
        ),
      compression: z
        .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
        .prefault('none')
        .describe('Compression of messages.'),
      compressionParams: ignored('the default level of the algorithm is used', {
        schema: z.record(z.string(), z.unknown()),
      }),
      flushMaxMessages: z.int().min(1).prefault(10_000).describe('Maximum number of messages in a request.'),
      maxInflightRequestsPerBroker: ignored('a request contains everything that waits for the one before it', {
        schema: z.int(),
        effective: 1,
      }),
      allowAutoTopicCreation: z.boolean().prefault(true).describe('Whether brokers may create missing topics.'),
      linger: duration().prefault('10ms').describe('How long messages wait for others to be sent with them.'),
    })
    .prefault({})
    .describe('How messages are sent.'),
});

export type KafkaExporterConfig = z.output<SendingSchema<(typeof kafkaExporterConfig)['shape']>>;

const SIGNAL_HEADER = 'otelcol.signal';

/** Returns the errors of a configuration that its schema does not find. */
export function checkKafkaExporter(config: KafkaExporterConfig, use: ConfigUse): ConfigIssue[] {
  const issues = checkKafkaClient(config, use);
  const exclude = (path: readonly string[], isSet: boolean, other: string) => {
    if (isSet) issues.push({ path, message: `expected nothing here, because ${other} is set` });
  };
  const { traces, metrics, logs } = config;
  const byResource = config.partitionLogsByResourceAttributes;
  exclude(
    ['partition_logs_by_trace_id'],
    byResource && config.partitionLogsByTraceId,
    'partition_logs_by_resource_attributes',
  );
  const key = 'message_key_from_metadata_key';
  exclude(
    ['traces', key],
    traces.messageKeyFromMetadataKey !== '' && config.partitionTracesById,
    'partition_traces_by_id',
  );
  exclude(
    ['metrics', key],
    metrics.messageKeyFromMetadataKey !== '' && config.partitionMetricsByResourceAttributes,
    'partition_metrics_by_resource_attributes',
  );
  exclude(
    ['logs', key],
    logs.messageKeyFromMetadataKey !== '' && (byResource || config.partitionLogsByTraceId),
    'messages are partitioned by records',
  );
  if (config.signalHeader) {
    exclude(['record_headers', SIGNAL_HEADER], SIGNAL_HEADER in config.recordHeaders, 'signal_header');
    exclude(['include_metadata_keys'], config.includeMetadataKeys.includes(SIGNAL_HEADER), 'signal_header');
  }
  return [...issues, ...checkPartition(config)];
}

/** Batches of different metadata must not be merged before they are sent. */
function checkPartition({ sendingQueue, includeMetadataKeys, ...config }: KafkaExporterConfig): ConfigIssue[] {
  const { enabled, batch } = sendingQueue;
  if (!enabled || batch === undefined || !batch.enabled) return [];
  const used = [config.traces, config.metrics, config.logs, config.profiles].flatMap((one) => [
    one.topicFromMetadataKey,
    one.messageKeyFromMetadataKey,
  ]);
  const keys = new Set(batch.partition.metadataKeys);
  const missing = [...includeMetadataKeys, ...used].filter((key) => key !== '' && !keys.has(key.toLowerCase()));
  return missing.length === 0
    ? []
    : [
        {
          path: ['sending_queue', 'batch', 'partition', 'metadata_keys'],
          message: `expected the keys that messages depend on too: ${[...new Set(missing)].join(', ')}`,
        },
      ];
}
