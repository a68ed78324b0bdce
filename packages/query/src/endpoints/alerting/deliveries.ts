import { z } from '@hono/zod-openapi';
import { deliveriesReport } from '../../api/alerting/deliveries.ts';
import { onlyTenantOf } from '../../request/tenant.ts';
import { defineEndpoint } from '../endpoint.ts';

export const deliveries = defineEndpoint({
  path: '/api/v1/alerting/deliveries',
  permission: 'operations:read',
  scope: 'tenant',
  summary: 'Returns the notifications of alerts that wait for another attempt or were refused, with their last error.',
  parameters: z.object({}),
  response: deliveriesReport,
  handle: (_, { notifications, access }) =>
    notifications()?.deliveries(onlyTenantOf(access)) ?? { pending: [], failed: [] },
});
