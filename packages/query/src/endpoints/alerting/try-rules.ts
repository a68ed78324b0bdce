import { z } from '@hono/zod-openapi';
import { ruleTrial } from '../../api/alerting/rule-trial.ts';
import { ApiProblem } from '../../api/problem.ts';
import { defineEndpoint } from '../endpoint.ts';

const MAX_RULE_LENGTH = 64 << 10;
const TIME = 'expected milliseconds since the epoch';
const INTERVAL = 'expected milliseconds from 1000 to 86400000';

export const tryRules = defineEndpoint({
  method: 'post',
  path: '/api/v1/alerting/try',
  permission: 'telemetry:read',
  summary:
    'Evaluates alerting rules over stored telemetry, and returns when their alerts would have fired. Nothing is stored or sent.',
  parameters: z.object({
    rules: z
      .string({ error: 'expected a rule as text' })
      .min(1, 'expected a rule, got an empty text')
      .max(MAX_RULE_LENGTH, `expected at most ${MAX_RULE_LENGTH} characters`)
      .openapi({ description: 'A rule, a list of rules, or a rule file, in YAML.' }),
    start: z.number(TIME).min(0, TIME).openapi({ description: 'First evaluation, in milliseconds since the epoch.' }),
    end: z.number(TIME).min(0, TIME).openapi({ description: 'Last evaluation, in milliseconds since the epoch.' }),
    interval: z.number(INTERVAL).min(1000, INTERVAL).max(86_400_000, INTERVAL).optional().openapi({
      description:
        'Time between evaluations in milliseconds, of groups without one. Default: that of the extension, or 1 minute.',
    }),
  }),
  response: ruleTrial,
  handle({ rules, start, end, interval }, { tryRules: run, store, signal, access: { tenant } }) {
    if (end <= start) throw new ApiProblem('bad_request', 'end: expected a time after start');
    const request = { text: rules, startMillis: start, endMillis: end, intervalMillis: interval, tenant };
    const trial = run?.(request, store(), signal);
    if (trial !== undefined) return trial;
    throw new ApiProblem('unavailable', 'no rules: expected an extension `alerting` in the configuration, found none');
  },
});
