import { z } from '@hono/zod-openapi';
import { processHistory as processHistorySchema } from '../api/pipeline/process-history.ts';
import { ApiProblem } from '../api/problem.ts';
import { rangeParameters, steps } from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';

const { start, end } = rangeParameters;
const HOUR_MILLIS = 3_600_000;

export const processHistory = defineEndpoint({
  path: '/api/v1/process/history',
  permission: 'operations:read',
  summary:
    "Returns the process's own CPU, memory, event-loop delay, queues, received items and reloads over time: 5-second samples of the last hour, minutes of two days, half hours of 40 days.",
  parameters: z.object({ start, end, steps: steps(120) }),
  response: processHistorySchema,
  handle({ start: from, end: to, steps: count }, { past, nowMillis }) {
    if (past === undefined) throw new ApiProblem('unavailable', 'this process keeps no history');
    const endMillis = to ?? nowMillis();
    const startMillis = from ?? endMillis - HOUR_MILLIS;
    if (startMillis >= endMillis)
      throw new ApiProblem(
        'bad_request',
        `start: expected a time before end, which is ${endMillis}, got ${startMillis}`,
      );
    return past({ startMillis, endMillis, steps: count });
  },
});
