import type { Signal } from '@otelier/otlp';
import { compilePattern } from '@otelier/query/pattern';
import type { ConfigIssue, ConfigUse } from '../../component/define.ts';
import { errorMessage } from '../../component/error-message.ts';
import { duration, ignored, z } from '../../component/schema.ts';
import { checkKafkaClient, kafkaClientFields } from '../../kafka/client-fields.ts';
import { DEFAULT_TOPICS } from '../../kafka/topics.ts';
import { receivedEncodingError, receivedEncodings } from '../../messages/decode.ts';
import { messageTenantField } from '../../messages/message-tenant.ts';

const MIB = 2 ** 20;

function topicsField(signal: Signal) {
  return z
    .object({
      topics: z
        .array(z.string().min(1))
        .min(1)
        .prefault([DEFAULT_TOPICS[signal]])
        .describe('Names of topics. One that begins with `^` is a regular expression.'),
      topic: z.string().min(1).optional().describe('Name of a topic, in the older form of the Collector.'),
      encoding: z
        .string()
        .prefault('otlp_proto')
        .superRefine((encoding, issues) => {
          const message = receivedEncodingError(signal, encoding);
          if (message !== undefined) issues.addIssue({ code: 'custom', message, input: encoding });
        })
        .describe(`Encoding of the messages: ${receivedEncodings(signal).join(', ')}.`),
      excludeTopics: z
        .array(z.string().min(1))
        .prefault([])
        .describe('Regular expressions of topics that are not read, for `topics` with a regular expression.'),
    })
    .prefault({})
    .describe(`Topics with ${signal}.`);
}

const strategy = z.enum(['range', 'roundrobin', 'cooperative-sticky'], {
  error: 'expected range, roundrobin or cooperative-sticky; otelier does not support sticky',
});

export const kafkaReceiverConfig = z
  .object({
    ...kafkaClientFields,
    traces: topicsField('traces'),
    metrics: topicsField('metrics'),
    logs: topicsField('logs'),
    profiles: topicsField('profiles'),
    groupId: z.string().min(1).prefault('otel-collector').describe('Name of the consumer group.'),
    groupInstanceId: z
      .string()
      .prefault('')
      .describe('Name of this member of the group. With one, a restart within `session_timeout` causes no rebalance.'),
    groupRebalanceStrategies: z
      .array(strategy)
      .min(1)
      .optional()
      .describe(
        'How partitions are assigned. The first one is used that all members know. Default: `cooperative-sticky`.',
      ),
    groupRebalanceStrategy: strategy.optional().describe('One strategy, in the older form of the Collector.'),
    initialOffset: z
      .enum(['latest', 'earliest'])
      .prefault('latest')
      .describe('Where a group begins that has committed no offset yet.'),
    sessionTimeout: duration()
      .prefault('10s')
      .describe('Time without a heartbeat after which the group takes the partitions of a member away.'),
    heartbeatInterval: duration().prefault('3s').describe('Interval of heartbeats.'),
    minFetchSize: z.int().min(0).prefault(1).describe('Number of bytes that a broker waits for before it responds.'),
    maxFetchSize: z.int().min(1).prefault(MIB).describe('Maximum number of bytes in a response of a broker.'),
    maxFetchWait: duration().prefault('250ms').describe('Maximum time that a broker waits for `min_fetch_size`.'),
    maxPartitionFetchSize: z
      .int()
      .min(1)
      .prefault(MIB)
      .describe('Maximum number of bytes of a partition in a response.'),
    maxDecompressBatchBytes: z
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .prefault(64 * MIB)
      .describe(
        'Maximum size in bytes of a batch of messages after decompression, in which a message counts as at least 64. The messages of a larger one cannot be delivered.',
      ),
    autocommit: z
      .object({
        enable: z
          .boolean()
          .prefault(true)
          .describe('Whether offsets are committed in intervals. Otherwise, they are after each batch.'),
        interval: duration().prefault('1s').describe('Interval at which offsets are committed.'),
      })
      .prefault({})
      .describe('Commits of the offsets of delivered messages.'),
    messageMarking: z
      .object({
        after: z
          .boolean()
          .prefault(true)
          .describe(
            'Whether an offset is committed only after the pipelines have accepted the message. `false`, the default of the Collector, loses messages when the process ends.',
          ),
        onError: z
          .boolean()
          .prefault(false)
          .describe(
            'Whether messages are given up after `error_backoff.max_elapsed_time`. Otherwise they are retried without a limit.',
          ),
        onPermanentError: z
          .boolean()
          .prefault(true)
          .describe(
            'Whether messages that are malformed or refused are skipped and counted. Otherwise, such a message blocks its partition until the next start.',
          ),
      })
      .prefault({})
      .describe('When a message counts as consumed.'),
    tenant: messageTenantField(),
    headerExtraction: z
      .object({
        extractHeaders: z.boolean().prefault(false).describe('Whether headers become resource attributes.'),
        headers: z
          .array(z.string().min(1))
          .prefault([])
          .describe('Names of the headers. The attributes are named `kafka.header.` and the header.'),
      })
      .prefault({})
      .describe('Headers of messages as resource attributes.'),
    errorBackoff: z
      .object({
        enabled: ignored('messages that are not accepted yet are always retried', {
          schema: z.boolean(),
          effective: true,
        }),
        initialInterval: duration().prefault('250ms').describe('Time before the first retry.'),
        maxInterval: duration().prefault('5s').describe('Maximum time between two retries.'),
        multiplier: z.number().min(1).prefault(1.5).describe('Factor by which the time grows with each retry.'),
        randomizationFactor: z
          .number()
          .min(0)
          .max(1)
          .prefault(0.5)
          .describe('Randomization of the time, as a fraction.'),
        maxElapsedTime: duration()
          .prefault('5m')
          .describe('Time after which messages are given up, with `message_marking.on_error`. 0 means never.'),
      })
      .prefault({})
      .describe('Retries of messages that the pipelines do not accept yet. Their partition waits.'),
    partitionProcessing: ignored('partitions never wait for each other', { schema: z.record(z.string(), z.unknown()) }),
    telemetry: ignored('the edges of the pipeline count', { schema: z.record(z.string(), z.unknown()) }),
  })
  .describe('Options of the receiver.');

export type KafkaReceiverConfig = z.output<typeof kafkaReceiverConfig>;

/** Topics of a signal: names and regular expressions. */
export interface TopicSelection {
  readonly signal: Signal;
  readonly names: readonly string[];
  /** Reports whether a regular expression matches a topic, and none that excludes it. */
  matches(topic: string): boolean;
}

/** Returns the topics of a signal. Throws for an invalid regular expression. */
export function selectionOf(config: KafkaReceiverConfig, signal: Signal): TopicSelection {
  const { topics, topic, excludeTopics } = config[signal];
  const all = topic === undefined ? topics : [topic];
  const patterns = all.filter((name) => name.startsWith('^')).map((text) => compilePattern(text));
  const excluded = excludeTopics.map((text) => compilePattern(text));
  return {
    signal,
    names: all.filter((name) => !name.startsWith('^')),
    matches: (name) => patterns.some((one) => one.test(name)) && !excluded.some((one) => one.test(name)),
  };
}

/** Returns the errors of a configuration that its schema does not find. */
export function checkKafkaReceiver(config: KafkaReceiverConfig, use: ConfigUse): ConfigIssue[] {
  const issues = checkKafkaClient(config, use);
  const { minFetchSize, maxFetchSize, groupRebalanceStrategies, groupRebalanceStrategy } = config;
  if (maxFetchSize < minFetchSize)
    issues.push({ path: ['max_fetch_size'], message: `expected at least min_fetch_size, got ${maxFetchSize}` });
  if (config.heartbeatInterval >= config.sessionTimeout)
    issues.push({ path: ['heartbeat_interval'], message: 'expected less than session_timeout' });
  if (groupRebalanceStrategies !== undefined && groupRebalanceStrategy !== undefined)
    issues.push({
      path: ['group_rebalance_strategy'],
      message: 'expected nothing here, because group_rebalance_strategies is set',
    });
  if (
    groupRebalanceStrategies !== undefined &&
    groupRebalanceStrategies.length > 1 &&
    groupRebalanceStrategies.includes('range')
  )
    issues.push({ path: ['group_rebalance_strategies'], message: 'expected range alone, got it with others' });
  const owners = new Map<string, Signal>();
  for (const signal of use.signals) {
    issues.push(...checkTopics(config, signal));
    for (const name of config[signal].topics) {
      const owner = owners.get(name);
      if (owner !== undefined)
        issues.push({
          path: [signal, 'topics'],
          message: `expected other topics than those of ${owner}, got "${name}"`,
        });
      owners.set(name, signal);
    }
  }
  return issues;
}

function checkTopics(config: KafkaReceiverConfig, signal: Signal): ConfigIssue[] {
  try {
    selectionOf(config, signal);
  } catch (error) {
    return [{ path: [signal, 'topics'], message: `expected regular expressions: ${errorMessage(error)}` }];
  }
  const { topics, excludeTopics } = config[signal];
  return excludeTopics.length > 0 && !topics.some((name) => name.startsWith('^'))
    ? [{ path: [signal, 'exclude_topics'], message: 'expected a regular expression in topics, which begins with ^' }]
    : [];
}
