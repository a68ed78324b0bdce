import { z } from '@hono/zod-openapi';

const sizes = z
  .object({
    buckets: z
      .record(z.string(), z.number())
      .describe('Number of batches by the upper bound of their size. Buckets without batches are left out.'),
    sum: z.number().describe('Sum of all sizes.'),
  })
  .openapi('SizeCounts');

const batches = z.object({ items: sizes, bytes: sizes }).openapi('BatchSizes');

export const batching = z
  .object({
    queued: batches.optional().describe('Batches offered to a sending queue.'),
    sent: batches.optional().describe('Merged or split batches that were sent.'),
    inFlightRequests: z
      .number()
      .optional()
      .describe('Requests of a sending queue that are being sent, also those that wait for a retry.'),
    sizeTriggers: z.number().optional().describe('Batches sent because of their size.'),
    timeoutTriggers: z.number().optional().describe('Batches sent because of a timeout, or at the end.'),
    combinations: z
      .number()
      .optional()
      .describe(
        'Combinations of metadata that are batched now: the maximum of all threads, each of which has its limit.',
      ),
  })
  .openapi('Batching');
