import { z } from '@hono/zod-openapi';
import { ApiProblem } from '../api/problem.ts';
import { defineEndpoint } from '../endpoints/endpoint.ts';
import { rangeParameters } from '../request/parameters.ts';
import { holdsResponse, legalHold } from './schemas.ts';
import { viewOf } from './subjects.ts';

const tenant = z.string({ error: 'expected a name' }).max(200, 'expected at most 200 characters').default('default');
const CHANGE = { method: 'post', needsToken: true, permission: 'telemetry:delete', target: 'tenant' } as const;

export const legalHolds = defineEndpoint({
  path: '/api/v1/holds',
  permission: 'telemetry:delete',
  summary: 'Returns the legal holds of a tenant, and those that were released.',
  parameters: z.object({ tenant: rangeParameters.tenant }),
  response: holdsResponse,
  handle: async ({ tenant: of = 'default' }, context) => (await viewOf(context, of)).holds(of),
});

export const createHold = defineEndpoint({
  ...CHANGE,
  isPrivate: true,
  path: '/api/v1/holds/create',
  summary:
    'Keeps telemetry from being removed by retention, limits of size, erasures and the removal of its tenant, until the hold is released.',
  parameters: z.object({
    tenant,
    attributes: z
      .array(z.strictObject({ key: z.string().min(1).max(256), value: z.string().max(1000) }), {
        error: 'expected a list of attributes',
      })
      .max(20, 'expected at most 20 attributes')
      .default([])
      .openapi({ description: 'Attributes that an item must have, all of them. Default: all items of the range.' }),
    startMillis: z.number().min(0).max(9_223_372_036_000).optional(),
    endMillis: z.number().min(0).max(9_223_372_036_000).optional(),
    reason: z.string({ error: 'expected a reason' }).min(3, 'expected a reason').max(500),
  }),
  response: legalHold,
  async handle({ tenant: of, startMillis, endMillis, ...hold }, context) {
    if (startMillis !== undefined && endMillis !== undefined && startMillis >= endMillis)
      throw new ApiProblem('bad_request', `startMillis: expected a time before endMillis, got ${startMillis}`);
    const by = context.access.subject;
    return (await viewOf(context, of)).createHold({ ...hold, tenant: of, startMillis, endMillis, by });
  },
});

export const releaseHold = defineEndpoint({
  ...CHANGE,
  target: 'id',
  path: '/api/v1/holds/release',
  summary: 'Ends a legal hold. What it kept is removed as soon as something removes it.',
  parameters: z.object({ tenant, id: z.string({ error: 'expected an ID' }).max(100) }),
  response: z.object({ released: z.boolean() }).openapi('ReleasedHold'),
  async handle({ tenant: of, id }, context) {
    return { released: await (await viewOf(context, of)).releaseHold(of, id, context.access.subject) };
  },
});
