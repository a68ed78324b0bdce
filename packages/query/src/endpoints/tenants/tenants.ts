import { z } from '@hono/zod-openapi';
import { maySelectTenant } from '@otelier/identity/access';
import { DEFAULT_TENANT } from '@otelier/otlp';
import { ApiProblem } from '../../api/problem.ts';
import { removalProof, tenantsUsage } from '../../api/tenants/usage.ts';
import { requireTenant } from '../../request/permission.ts';
import { defineEndpoint } from '../endpoint.ts';

export const usageOfTenants = defineEndpoint({
  path: '/api/v1/tenants/usage',
  permission: 'operations:read',
  summary: 'Returns what tenants have sent, stored and queried.',
  parameters: z.object({}),
  response: tenantsUsage,
  async handle(_, { tenants, access }) {
    const all = (await tenants?.usage()) ?? [];
    return { tenants: all.filter(({ tenant }) => maySelectTenant(access, tenant)) };
  },
});

export const removeTenant = defineEndpoint({
  method: 'post',
  path: '/api/v1/tenants/remove',
  permission: 'tenants:manage',
  needsToken: true,
  summary:
    'Removes everything that the store and the page keep of a tenant, and returns a signed statement of it. From then on, telemetry of the tenant is refused, unless `accepts` is set. A removal that is interrupted continues at the next start.',
  parameters: z.object({
    tenant: z
      .string({ error: 'expected a name' })
      .min(1, 'expected a name, got none')
      .max(200, 'expected at most 200 characters'),
    accepts: z
      .boolean({ error: 'expected true or false' })
      .default(false)
      .openapi({ description: 'Whether telemetry of the tenant is accepted again afterwards.' }),
  }),
  response: removalProof,
  handle({ tenant, accepts }, { tenants, access }) {
    requireTenant(access, tenant);
    if (tenant === DEFAULT_TENANT)
      throw new ApiProblem('bad_request', `tenant: expected one other than ${DEFAULT_TENANT}, which always exists`);
    if (tenants === undefined) throw new ApiProblem('unavailable', 'this process has no tenants to remove');
    return tenants.remove(tenant, { by: access.subject, accepts });
  },
});
