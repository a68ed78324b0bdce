import { z } from '@hono/zod-openapi';

const texts = z.record(z.string(), z.string());

const firing = z
  .object({
    labels: texts,
    annotations: texts.describe('As they were when the alert fired.'),
    value: z.number().describe('Value of the expression when the alert fired.'),
    activeAtMillis: z.number().describe('Since when the expression had a result: the start of `for`.'),
    firedAtMillis: z.number(),
    resolvedAtMillis: z.number().optional().describe('None if the alert still fires at the end of the range.'),
  })
  .openapi('TrialFiring');

const rule = z
  .object({
    name: z.string(),
    error: z.string().optional().describe('Why the rule cannot be evaluated.'),
    firings: z.array(firing).describe('In the order in which they began.'),
    firingCount: z.number().describe('The number of all firings. Only the first ones are listed.'),
    pendingCount: z.number().describe('How many times an alert was pending, but did not fire.'),
    series: z.number().describe('Number of series that the expression has.'),
  })
  .openapi('TrialRule');

export const ruleTrial = z
  .object({
    startMillis: z.number(),
    endMillis: z.number(),
    stepMillis: z.number().describe('Time between two evaluations: the interval, or longer if the range is long.'),
    evaluations: z.number(),
    rules: z.array(rule),
  })
  .openapi('RuleTrial');
