import { z } from '@hono/zod-openapi';
import { deliveriesReport } from '../../api/alerting/deliveries.ts';
import { defineEndpoint } from '../endpoint.ts';

export const deliveries = defineEndpoint({
  path: '/api/v1/alerting/deliveries',
  permission: 'operations:read',
  tellsAllTenants: true,
  summary: 'Returns the notifications of alerts that wait for another attempt or were refused, with their last error.',
  parameters: z.object({}),
  response: deliveriesReport,
  handle: (_, { notifications }) => notifications()?.deliveries() ?? { pending: [], failed: [] },
});
