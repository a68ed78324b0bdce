import { z } from '@hono/zod-openapi';
import { nanos } from '../nanos.ts';

const count = z.number().int().min(0);

/** The size of a store, and what it keeps for which purpose. */
export const storeStatus = z
  .object({
    sizeBytes: z.number(),
    maxBytes: z.number(),
    oldestNanos: nanos.optional(),
    pendingRows: count,
    journalBytes: z.number(),
    rows: z.record(z.string(), z.number()),
    purposes: z
      .object({
        purposes: z.array(
          z.object({
            name: z.string(),
            retentionMillis: z.number().optional().describe('Missing without a limit.'),
            items: count.describe('Items in files.'),
            files: count,
            removedItems: count.describe('Items that were removed because of their age.'),
            removedEarly: count.describe('Items that size limits removed before.'),
          }),
        ),
        uncountedFiles: count.describe('Files whose items have not been counted by purpose yet.'),
        removedOthers: count.describe('Items without a purpose that were removed because of their age.'),
        lastPassMillis: z.number().describe('How long the last check of all files took.'),
      })
      .optional()
      .describe('What is stored for which purpose.'),
    held: z
      .object({ holds: count, files: count, rows: count, bytes: z.number() })
      .optional()
      .describe('Legal holds, and the files that they keep.'),
  })
  .openapi('StoreStatus');
