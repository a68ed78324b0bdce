import { z } from '@hono/zod-openapi';

const value = z
  .object({
    key: z.string().describe('Where the value is: `name`, `attributes.http.route`, `resource.service.name`.'),
    before: z.string().optional().describe('Omitted if the component added it, or if nothing is known of the item.'),
    after: z.string().optional().describe('Omitted if the component removed it.'),
  })
  .openapi('TappedValue');

export const tappedItem = z
  .object({
    index: z.int().describe('Number of the item in its stream, from 0.'),
    atMillis: z.number().describe('When it passed.'),
    signal: z.string(),
    service: z.string().describe('`service.name`, or an empty text.'),
    name: z.string().describe('Name of a span or metric, or the text of a log record.'),
    isError: z.boolean(),
    durationNanos: z.number().optional(),
    traceId: z.string().optional(),
    comparison: z
      .enum(['found', 'unknown', 'none'])
      .describe(
        'Whether the item that entered the component before the edge is `found` or `unknown`. `none`: a receiver or a connector, which has no such item.',
      ),
    changedValues: z.int().describe('Number of values that the component added, removed or replaced.'),
    values: z.array(value).describe('The values, changed ones first.'),
    leftOutValues: z.int().describe('Number of values that are not in `values`.'),
  })
  .openapi('TappedItem');

const items = z.int().describe('Number of items since the stream began.');

export const tapCounts = z
  .object({
    seenItems: items.describe('Items that passed: the sum of the others.'),
    notTakenItems: items.describe('Items that sampling left out.'),
    uncheckedItems: items.describe('Items that were not checked, because there were too many.'),
    unmatchedItems: items.describe('Items that do not match the condition.'),
    beyondRateItems: items.describe('Matching items beyond the rate.'),
    shownItems: items.describe('Items that were sent, or that a slow client did not take (`skipped`).'),
  })
  .openapi('TapCounts');
