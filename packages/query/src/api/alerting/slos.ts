import { z } from '@hono/zod-openapi';

const burnRate = z
  .object({
    windowMillis: z.number(),
    burnRate: z.number().describe('At 1, the budget lasts as long as the window of the SLO.'),
    limit: z.number().optional().describe('The burn rate above which an alert on this window fires.'),
  })
  .openapi('BurnRate');

const slo = z
  .object({
    name: z.string(),
    tenant: z.string().describe('The tenant whose telemetry it reads.'),
    objective: z.number().describe('Share of good events that is wanted.'),
    windowMillis: z.number(),
    ratio: z.number().optional().describe('Share of good events in the window. None without events.'),
    budgetLeft: z
      .number()
      .optional()
      .describe('Share of the error budget that is left. Negative if the objective is missed.'),
    burnRates: z.array(burnRate).describe('By window, shortest first.'),
    firing: z.array(z.string()).describe('Severities of the alerts on burn rates that fire.'),
    labels: z.record(z.string(), z.string()),
  })
  .openapi('Slo');

export const slosResponse = z.object({ slos: z.array(slo) }).openapi('SlosResponse');
