import { z } from '@hono/zod-openapi';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { flameProfile as flameProfileResponse, profileReport } from '../api/profile.ts';
import { choice } from '../request/parameters.ts';
import { defineEndpoint, type EndpointContext } from './endpoint.ts';

const SECONDS = `expected a number of seconds above 0 and at most ${LIMITS.profileSeconds}`;
const INTERVAL = 'expected a number of microseconds from 100 to 100000';

export const profile = defineEndpoint({
  method: 'post',
  path: '/api/v1/profile',
  permission: 'operations:profile',
  summary: 'Profiles the CPU usage of all threads, by component. One profile runs at a time.',
  parameters: z.object({
    seconds: z.number(SECONDS).gt(0, SECONDS).max(LIMITS.profileSeconds, SECONDS).default(10),
    intervalMicros: z
      .int(INTERVAL)
      .min(100, INTERVAL)
      .max(100_000, INTERVAL)
      .default(1000)
      .openapi({ description: 'Average time between samples.' }),
    detail: z
      .boolean({ error: 'expected true or false' })
      .default(false)
      .openapi({ description: 'Whether to return the profile of each thread.' }),
  }),
  response: profileReport,
  handle: (request, context) => profilerOf(context).cpu(request, context.signal),
});

export const flameProfile = defineEndpoint({
  method: 'post',
  needsToken: true,
  path: '/api/v1/profile/flame',
  permission: 'operations:profile',
  summary:
    'Records the CPU usage of all threads, or what they allocate and still use at the end, as a flame graph by component. One profile runs at a time.',
  parameters: z.object({
    kind: choice(['cpu', 'heap'], 'cpu', 'What is recorded.'),
    seconds: z.number(SECONDS).gt(0, SECONDS).max(LIMITS.profileSeconds, SECONDS).default(10),
  }),
  response: flameProfileResponse,
  handle: (request, context) => profilerOf(context).flame(request, context.signal),
});

export const heapSnapshot = defineEndpoint({
  method: 'post',
  // A snapshot contains the token for edits itself.
  needsToken: true,
  path: '/api/v1/profile/heap',
  permission: 'operations:profile',
  summary:
    'Returns a heap snapshot of the main thread (`.heapsnapshot`), which contains telemetry and secrets in memory. The process stops while it is made.',
  parameters: z.object({}),
  response: z.object({}).describe('A heap snapshot in the format of V8.'),
  handle: (_, context) => new Response(profilerOf(context).heap(), { headers: { 'content-type': 'application/json' } }),
});

function profilerOf({ profiler }: EndpointContext): NonNullable<EndpointContext['profiler']> {
  if (profiler !== undefined) return profiler;
  throw new ApiProblem('unavailable', 'this process cannot profile itself');
}
