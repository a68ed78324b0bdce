import { z } from '@hono/zod-openapi';
import { slosResponse } from '../../api/alerting/slos.ts';
import { defineEndpoint } from '../endpoint.ts';

export const slos = defineEndpoint({
  path: '/api/v1/alerting/slos',
  permission: 'telemetry:read',
  tellsAllTenants: true,
  summary: 'Returns the service level objectives, how they are met, and how fast their error budgets burn.',
  parameters: z.object({}),
  response: slosResponse,
  handle: async (_, { slos: read }) => ({ slos: [...((await read?.()) ?? [])] }),
});
