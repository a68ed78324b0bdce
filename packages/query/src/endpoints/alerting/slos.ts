import { z } from '@hono/zod-openapi';
import { slosResponse } from '../../api/alerting/slos.ts';
import { defineEndpoint } from '../endpoint.ts';

export const slos = defineEndpoint({
  path: '/api/v1/alerting/slos',
  permission: 'telemetry:read',
  summary:
    'Returns the service level objectives of the tenant, how they are met, and how fast their error budgets burn.',
  parameters: z.object({}),
  response: slosResponse,
  async handle(_, { slos: read, access }) {
    const all = (await read?.()) ?? [];
    return { slos: all.filter(({ tenant }) => tenant === access.tenant) };
  },
});
