import { z } from '@hono/zod-openapi';

export const traceDrops = z
  .object({
    drops: z
      .array(
        z
          .object({
            nodeId: z.string().describe('Unique in the graph, such as `processor:traces/filter`.'),
            kind: z.string(),
            component: z.string().describe('Name in the configuration, such as `filter/2`.'),
            pipelines: z.array(z.string()),
            reason: z.string().describe('A short constant, such as `filtered`.'),
            rule: z.string().optional().describe('A condition, or the name of a policy.'),
            place: z
              .string()
              .optional()
              .describe(
                'Place of the rule in the configuration, such as `otelier.yaml:12:9: processors.filter.traces.span[0]`.',
              ),
            message: z.string().optional().describe('The last message for this rule, such as a response.'),
            item: z
              .object({
                name: z.string().describe('Name of a span, or the beginning of the text of a log record.'),
                service: z.string(),
                timeMillis: z.number().describe('Time of the item; 0 if it has none.'),
              })
              .optional()
              .describe(
                'The dropped item, the first of consecutive ones of the trace. Omitted if only the trace is known.',
              ),
            isReturned: z.boolean().describe('Whether the spans went back to their sender, who may send them again.'),
            atMillis: z.number().describe('Time of the last drop, in milliseconds since the Unix epoch.'),
          })
          .openapi('TraceDrop'),
      )
      .describe('Where spans and log records of the trace were dropped, latest first.'),
    window: z
      .object({
        traces: z.int().describe('Number of dropped traces in the sample.'),
        maxTraces: z.int().describe('Number of dropped traces that the sample keeps.'),
        maxTracesPerRule: z.int().describe('Number of dropped traces that it keeps for each rule in any case.'),
        sinceMillis: z.number().optional().describe('Since when the sample is complete.'),
        skippedTraces: z.int().describe('Number of dropped traces that came too fast to be recorded.'),
      })
      .describe('What the sample of dropped traces covers.'),
  })
  .openapi('TraceDrops');

export const whyResponse = traceDrops
  .extend({
    traceId: z.string(),
    storedSpans: z.int().optional().describe('Number of spans in the store. Omitted if there is no store.'),
  })
  .openapi('WhyResponse');
