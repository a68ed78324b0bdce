import { z } from '@hono/zod-openapi';

const componentIds = z.array(z.string());

export const reloadReport = z
  .object({
    result: z.enum(['applied', 'rolled_back', 'unchanged']),
    reason: z.string().optional().describe('Why it was rolled back, or why telemetry was lost.'),
    kept: componentIds.describe('Components that keep running, such as `processors/batch`.'),
    restarted: componentIds,
    added: componentIds,
    removed: componentIds,
    lostItems: z.int().optional().describe('Number of items that replaced components could not forward in time.'),
  })
  .openapi('ReloadReport');

export const configuration = z
  .object({
    lastReload: reloadReport
      .extend({
        trigger: z.enum(['api', 'signal', 'watch', 'opamp', 'page']),
        atMillis: z.number(),
        durationMillis: z.number(),
      })
      .optional()
      .describe('The last reload since the start.'),
  })
  .openapi('Configuration');
