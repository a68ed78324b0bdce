import { z } from '@hono/zod-openapi';
import { nanos } from '../api/nanos.ts';
import { VARIABLE_KINDS } from './variables.ts';

const count = z.number().int().min(0);

export const logPatternsResponse = z
  .object({
    timesMillis: z
      .array(z.number())
      .openapi({ description: 'Start of each step, in milliseconds since the Unix epoch.' }),
    stepMillis: z.number(),
    patterns: z
      .array(
        z
          .object({
            service: z.string(),
            severity: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unspecified']),
            severityNumber: z.number(),
            parts: z
              .array(
                z.object({
                  text: z.string().openapi({ description: 'Constant text, or `<*>` for a variable.' }),
                  variable: z
                    .object({
                      kind: z.enum(VARIABLE_KINDS),
                      values: z
                        .array(z.object({ value: z.string(), count }))
                        .openapi({ description: 'Most frequent first, in the records that were read.' }),
                      distinct: count,
                      range: z
                        .tuple([z.string(), z.string()])
                        .optional()
                        .openapi({ description: 'The smallest and the largest number or duration.' }),
                    })
                    .optional(),
                }),
              )
              .openapi({ description: 'The first line of the body. Empty for empty bodies.' }),
            where: z.array(z.string()).openapi({ description: 'Conditions that select the records.' }),
            count,
            steps: z.array(z.number()),
            before: count.openapi({ description: 'Records of the earlier range. 0 without `compare`.' }),
            firstSeenNanos: nanos.openapi({ description: 'Of the records that were read.' }),
            lastSeenNanos: nanos,
            examples: z
              .array(
                z.object({
                  timeNanos: nanos,
                  body: z.string().openapi({ description: 'At most 1,000 characters.' }),
                  traceId: z.string().optional(),
                  spanId: z.string().optional(),
                }),
              )
              .openapi({ description: 'The latest records.' }),
          })
          .openapi('LogPattern'),
      )
      .openapi({ description: 'Most frequent first. Counts are estimates if not all records were read.' }),
    patternCount: count.openapi({ description: 'Number of patterns, including those beyond the limit.' }),
    total: count.openapi({ description: 'Number of matching records.' }),
    read: count.openapi({ description: 'Number of records that were read.' }),
    before: count.optional().openapi({ description: 'Number of matching records in the earlier range.' }),
  })
  .openapi('LogPatternsResponse');
