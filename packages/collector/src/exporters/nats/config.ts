import type { Signal } from '@otelier/otlp';
import type { SendingSchema } from '../../component/define.ts';
import { byteSize, duration, z } from '../../component/schema.ts';
import { sentEncodings } from '../../messages/encode.ts';
import { natsClientFields } from '../../nats/client-fields.ts';
import { DEFAULT_STREAM, DEFAULT_SUBJECTS, SUBJECT } from '../../nats/subjects.ts';

const signalField = (signal: Signal) => {
  const encodings = sentEncodings(signal);
  return z
    .object({
      subject: z
        .string()
        .regex(SUBJECT, { error: 'expected a subject without wildcards, such as `otlp.logs`' })
        .prefault(DEFAULT_SUBJECTS[signal])
        .describe('Subject of the messages.'),
      encoding: z
        .string()
        .prefault('otlp_proto')
        .refine((encoding) => encodings.includes(encoding), { error: `expected one of ${encodings.join(', ')}` })
        .describe(`Encoding of the messages: ${encodings.join(', ')}.`),
    })
    .prefault({})
    .describe(`Messages with ${signal}.`);
};

export const natsExporterConfig = z.object({
  ...natsClientFields,
  traces: signalField('traces'),
  metrics: signalField('metrics'),
  logs: signalField('logs'),
  profiles: signalField('profiles'),
  includeMetadataKeys: z
    .array(z.string().min(1))
    .prefault([])
    .describe('Keys of the request metadata that become headers of the messages.'),
  maxMessageBytes: byteSize()
    .optional()
    .describe('Maximum size of a message. Larger batches are split. Default: the limit of the server.'),
  stream: z
    .object({
      name: z.string().min(1).prefault(DEFAULT_STREAM).describe('Name of the stream, which stores the messages.'),
      create: z
        .boolean()
        .prefault(true)
        .describe('Whether the stream is created if it is missing, and the subject added to it.'),
      replicas: z.int().min(1).max(5).prefault(1).describe('Number of servers that store a new stream.'),
      maxAge: duration().prefault('0s').describe('Age at which a new stream removes messages. 0 means no limit.'),
      maxBytes: byteSize()
        .prefault(0)
        .describe('Size at which a new stream removes its oldest messages. 0 means no limit.'),
    })
    .prefault({})
    .describe('The JetStream stream that stores the messages.'),
});

export type NatsExporterConfig = z.output<SendingSchema<(typeof natsExporterConfig)['shape']>>;
