import { z } from '@hono/zod-openapi';
import { nanos } from './nanos.ts';

const count = z.number().int().min(0);
const values = z
  .array(z.object({ value: z.string(), count }))
  .openapi({ description: 'Most frequent first, at most 10.' });

export const errorCausesResponse = z
  .object({
    timesMillis: z
      .array(z.number())
      .openapi({ description: 'Start of each step, in milliseconds since the Unix epoch.' }),
    stepMillis: z.number(),
    causes: z
      .array(
        z
          .object({
            fingerprint: z.string().openapi({ description: '16 hexadecimal digits, the same at any time.' }),
            service: z.string().openapi({ description: 'The service where the failure began.' }),
            type: z
              .string()
              .openapi({ description: 'The exception type, an HTTP status such as `HTTP 502`, or `Error`.' }),
            message: z
              .array(z.object({ text: z.string(), isVariable: z.boolean() }))
              .openapi({ description: 'The message of the latest one, in constant and variable parts.' }),
            messages: count.openapi({ description: 'Number of different constant parts of messages.' }),
            search: z.string().openapi({ description: 'Longest constant text of the message.' }),
            spanName: z.string(),
            count: count.openapi({ description: 'Requests of the service that failed for this cause.' }),
            attempts: count.openapi({ description: 'Failed calls, of which a request may have several.' }),
            failedRequests: count.openapi({
              description: 'Occurrences that failed a server, consumer or root span. The others were handled.',
            }),
            users: count.openapi({ description: 'Different values of `user.id` and `enduser.id` that were read.' }),
            firstSeenNanos: nanos.openapi({ description: 'In the range and the history before it.' }),
            lastSeenNanos: nanos,
            steps: z.array(z.number()),
            path: z
              .array(
                z.object({
                  service: z.string(),
                  isPeer: z.boolean().openapi({ description: 'Whether it sends no spans.' }),
                  type: z.string().openapi({ description: 'Kind of error there.' }),
                  spanName: z.string(),
                  count,
                }),
              )
              .openapi({ description: 'The most frequent path, from where the failure began.' }),
            paths: count.openapi({ description: 'Number of different paths.' }),
            versions: values,
            instances: values,
            routes: z.array(z.object({ service: z.string(), name: z.string(), count })),
            samples: z
              .array(
                z.object({
                  traceId: z.string().openapi({ description: 'Empty for a log record outside of traces.' }),
                  spanId: z.string(),
                  isLog: z.boolean().openapi({ description: 'Whether a log record has the exception, not the span.' }),
                  timeNanos: nanos,
                  message: z.string(),
                }),
              )
              .openapi({ description: 'The latest occurrences.' }),
          })
          .openapi('ErrorCause'),
      )
      .openapi({ description: 'Most frequent first.' }),
    total: count.openapi({ description: 'Number of causes, including those beyond the limit.' }),
    occurrences: count.openapi({ description: 'Occurrences of all causes.' }),
    sampling: z
      .number()
      .int()
      .openapi({ description: 'One in this many traces was read. Counts are scaled accordingly.' }),
  })
  .openapi('ErrorCausesResponse');
