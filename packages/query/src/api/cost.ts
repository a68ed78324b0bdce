import { z } from '@hono/zod-openapi';

const count = z.number().int().min(0);

const volume = {
  items: count,
  bytes: z.number().openapi({
    description:
      'Size of the items in bytes, encoded in protobuf, without resource, scope and metric, which the items of a request share.',
  }),
  isEstimated: z.boolean().openapi({
    description:
      'Whether the size of some items is not recorded: those in steps that divide the cells of a summary, at the ends of the range, and in files of older versions. They count with the average size of what the same service sends.',
  }),
};

const sender = z
  .object({
    signal: z.enum(['traces', 'logs', 'metrics']),
    service: z.string(),
    name: z.string().openapi({ description: 'The metric; empty for other signals.' }),
    level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unspecified']).optional().openapi({
      description: 'Severity level of log records.',
    }),
    ...volume,
    itemSteps: z.array(count).openapi({ description: 'Items in each step.' }),
    byteSteps: z.array(z.number()).openapi({ description: 'Bytes in each step.' }),
  })
  .openapi('Sender');

export const costResponse = z
  .object({
    timesMillis: z
      .array(z.number())
      .openapi({ description: 'Start of each step, in milliseconds since the Unix epoch.' }),
    stepMillis: z.number(),
    signals: z.array(
      z
        .object({
          signal: z.string(),
          ...volume,
          sizedItems: count.openapi({ description: 'Number of the items whose size is recorded.' }),
          storedBytes: z.number().openapi({ description: 'Size of all files of the signal, in any range, in bytes.' }),
          storedItems: count.openapi({ description: 'Number of their rows, and of those that are not in files yet.' }),
        })
        .openapi('SignalVolume'),
    ),
    senders: z.array(sender).openapi({ description: 'Services with what they send, most bytes first.' }),
    senderCount: count.openapi({ description: 'Number of senders, including those that are not listed.' }),
  })
  .openapi('CostResponse');

export const costAttributesResponse = z
  .object({
    attributes: z.array(
      z
        .object({
          key: z.string(),
          items: count.openapi({ description: 'Number of items that have it.' }),
          bytes: z.number().openapi({
            description: 'Size of its keys and values in bytes, estimated from the average length of the values.',
          }),
          values: count.openapi({ description: 'Number of distinct values.' }),
          valuesAre: z.enum(['exact', 'estimated', 'at most']).openapi({
            description:
              'What is known of that number. `estimated` is within a tenth, with a probability of 99 %; `at most` counts values that are not in a dictionary as distinct.',
          }),
        })
        .openapi('AttributeVolume'),
    ),
  })
  .openapi('CostAttributesResponse');

const sampled = z.object({ items: count, bytes: z.number() });

export const rulePreview = z
  .object({
    signal: z.string(),
    processor: z.string().openapi({ description: 'ID of the processor in the configuration.' }),
    configuration: z.string().openapi({ description: 'The processor as a fragment of a configuration, in YAML.' }),
    now: z.object(volume).openapi({ description: 'What the rule concerns: the selected items of the range.' }),
    kept: z.object({ items: z.number(), bytes: z.number() }).openapi({
      description: 'What the rule would keep of them, estimated from the sample.',
    }),
    sample: z
      .object({ now: sampled, kept: sampled })
      .openapi({ description: 'Stored items that were passed to the processor, and what it kept of them.' }),
    reason: z.string().optional().openapi({ description: 'Why there is no estimate.' }),
  })
  .openapi('RulePreview');
