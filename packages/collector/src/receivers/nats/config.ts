import type { Signal } from '@otelier/otlp';
import type { ConfigIssue, ConfigUse } from '../../component/define.ts';
import { duration, z } from '../../component/schema.ts';
import { receivedEncodingError, receivedEncodings } from '../../messages/decode.ts';
import { messageTenantField } from '../../messages/message-tenant.ts';
import { natsClientFields } from '../../nats/client-fields.ts';
import { DEFAULT_STREAM, DEFAULT_SUBJECTS, SUBJECT_FILTER } from '../../nats/subjects.ts';

function signalField(signal: Signal) {
  return z
    .object({
      subject: z
        .string()
        .regex(SUBJECT_FILTER, { error: 'expected a subject such as `otlp.logs` or `otlp.logs.>`' })
        .prefault(DEFAULT_SUBJECTS[signal])
        .describe('Subject of the messages. `*` stands for a token, `>` for all that follow.'),
      encoding: z
        .string()
        .prefault('otlp_proto')
        .superRefine((encoding, issues) => {
          const message = receivedEncodingError(signal, encoding);
          if (message !== undefined) issues.addIssue({ code: 'custom', message, input: encoding });
        })
        .describe(`Encoding of the messages: ${receivedEncodings(signal).join(', ')}.`),
    })
    .prefault({})
    .describe(`Messages with ${signal}.`);
}

export const natsReceiverConfig = z.object({
  ...natsClientFields,
  traces: signalField('traces'),
  metrics: signalField('metrics'),
  logs: signalField('logs'),
  profiles: signalField('profiles'),
  stream: z
    .string()
    .min(1)
    .prefault(DEFAULT_STREAM)
    .describe('Name of the JetStream stream, which must exist or appear later.'),
  consumer: z
    .string()
    .regex(/^[^\s.*>/\\]+$/, { error: 'expected a name without dots, wildcards and spaces' })
    .prefault('otelier')
    .describe('Name of the durable consumer. Processes with the same name share the messages.'),
  deliverPolicy: z
    .enum(['all', 'new'])
    .prefault('all')
    .describe('Which messages a new consumer gets: all that the stream has, or those that come later.'),
  ackWait: duration()
    .prefault('30s')
    .describe('Time after which the server delivers a message again that is neither acknowledged nor being delivered.'),
  maxAckPending: z
    .int()
    .min(1)
    .prefault(10_000)
    .describe('Maximum number of messages of the consumer that are not acknowledged.'),
  maxMessages: z.int().min(1).prefault(500).describe('Maximum number of messages that are held at once.'),
  tenant: messageTenantField(),
  headerExtraction: z
    .object({
      extractHeaders: z.boolean().prefault(false).describe('Whether headers become resource attributes.'),
      headers: z
        .array(z.string().min(1))
        .prefault([])
        .describe('Names of the headers. The attributes are named `nats.header.` and the header.'),
    })
    .prefault({})
    .describe('Headers of messages as resource attributes.'),
  skipRefused: z
    .boolean()
    .prefault(true)
    .describe(
      'Whether messages that are malformed or refused are terminated and counted. Otherwise the server delivers them again.',
    ),
  errorBackoff: z
    .object({
      initialInterval: duration().prefault('250ms').describe('Time before the first retry.'),
      maxInterval: duration().prefault('5s').describe('Maximum time between two retries.'),
    })
    .prefault({})
    .describe('Retries of messages that the pipelines do not accept yet.'),
});

export type NatsReceiverConfig = z.output<typeof natsReceiverConfig>;

/** Returns the errors of a configuration that its schema does not find. */
export function checkNatsReceiver(config: NatsReceiverConfig, use: ConfigUse): ConfigIssue[] {
  const owners = new Map<string, Signal>();
  const issues: ConfigIssue[] = [];
  for (const signal of use.signals) {
    const { subject } = config[signal];
    const owner = owners.get(subject);
    if (owner !== undefined)
      issues.push({
        path: [signal, 'subject'],
        message: `expected another subject than that of ${owner}, got "${subject}"`,
      });
    owners.set(subject, signal);
  }
  return issues;
}
