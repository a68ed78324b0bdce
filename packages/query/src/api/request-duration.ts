import { z } from '@hono/zod-openapi';

export const requestDuration = z
  .object({
    metric: z.string().describe('Name of the metric, such as `http.server.request.duration`.'),
    attributes: z.record(z.string(), z.union([z.string(), z.number()])),
    buckets: z
      .record(z.string(), z.number())
      .describe('Number of requests by the upper bound of their seconds. Buckets without requests are left out.'),
    sum: z.number().describe('Sum of all durations, in seconds.'),
  })
  .openapi('RequestDuration');
