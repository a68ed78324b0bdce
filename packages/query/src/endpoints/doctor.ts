import { z } from '@hono/zod-openapi';
import { doctorReport } from '../api/doctor.ts';
import { sendersReport } from '../api/pipeline/senders.ts';
import { ApiProblem } from '../api/problem.ts';
import { defineEndpoint } from './endpoint.ts';

const SECONDS = 'expected a number of seconds from 0 to 20';

export const doctor = defineEndpoint({
  path: '/api/v1/doctor',
  permission: 'operations:read',
  summary:
    'Checks the process, its configuration, destinations, store and senders, and returns findings with remedies.',
  parameters: z.object({
    seconds: z.coerce
      .number(SECONDS)
      .min(0, SECONDS)
      .max(20, SECONDS)
      .default(2)
      .openapi({ description: 'How long counters and telemetry are observed.' }),
  }),
  response: doctorReport,
  handle({ seconds }, { diagnose }) {
    if (diagnose === undefined) throw new ApiProblem('unavailable', 'this process cannot check itself');
    return diagnose(seconds * 1000);
  },
});

export const senders = defineEndpoint({
  path: '/api/v1/senders',
  permission: 'operations:read',
  summary: 'Returns the programs that send over OTLP, what is wrong with each, and the remedy.',
  parameters: z.object({}),
  response: sendersReport,
  handle: (_, { inspector }) => inspector().senders(),
});
