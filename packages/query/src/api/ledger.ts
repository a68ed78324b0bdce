import { z } from '@hono/zod-openapi';

const items = z.int().describe('Number of items since the start.');

const entry = z
  .object({
    reason: z.string().describe('A short constant, such as `filtered`.'),
    rule: z
      .string()
      .optional()
      .describe('The part of the configuration that caused it, such as a condition or the name of a policy.'),
    items,
  })
  .openapi('LedgerEntry');

export const nodeLedger = z
  .object({
    receivedItems: items.describe('Items that entered the component.'),
    refusedItems: items.describe('Items that their sender got back, to send them again or because they are refused.'),
    forwardedItems: items.describe('Items that the next components have accepted.'),
    deliveredItems: items.describe('Items that the destination of an exporter has accepted.'),
    heldItems: z.int().describe('Items in the component: in batches, queues, or waiting for a decision.'),
    insideItems: z.int().describe('Items of requests that wait for their response.'),
    differenceItems: z
      .int()
      .describe(
        'received + created - refused - forwarded - delivered - dropped - merged - held - inside: 0 unless the component counts incorrectly.',
      ),
    created: z.array(entry).describe('Items that the component added, such as derived metrics.'),
    merged: z.array(entry).describe('Items that became part of others, such as aggregates, or that are in a storage.'),
    dropped: z.array(entry).describe('Items dropped or lost.'),
  })
  .openapi('NodeLedger');

export const pipelineLedger = z
  .object({
    atMillis: z.number(),
    isBalanced: z.boolean().describe('Whether all components balance.'),
    nodes: z.array(
      nodeLedger
        .extend({
          id: z.string().describe('Unique in the graph, such as `processor:traces/batch`.'),
          kind: z.enum(['receiver', 'processor', 'exporter', 'connector']),
          component: z.string().describe('Name in the configuration, such as `batch/2`.'),
          signal: z.string().optional(),
          pipelines: z.array(z.string()),
        })
        .openapi('ComponentLedger'),
    ),
    edges: z.array(
      z
        .object({
          id: z.string(),
          from: z.string(),
          to: z.string(),
          signal: z.string(),
          pipeline: z.string(),
          sentItems: items.describe('Items sent over the edge: accepted, refused and pending ones.'),
          acceptedItems: items,
          refusedItems: items,
          pendingItems: z.int().describe('Items of batches whose outcome is not known.'),
        })
        .openapi('EdgeLedger'),
    ),
  })
  .openapi('PipelineLedger');
