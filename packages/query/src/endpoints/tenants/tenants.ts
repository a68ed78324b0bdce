import { z } from '@hono/zod-openapi';
import { maySelectTenant } from '@otelier/identity/access';
import { DEFAULT_TENANT } from '@otelier/otlp';
import { ApiProblem } from '../../api/problem.ts';
import { changedTenantLimits, newTenantLimits, tenant, tenantList } from '../../api/tenants/tenants.ts';
import { removalProof, tenantsUsage } from '../../api/tenants/usage.ts';
import { requireTenant } from '../../request/permission.ts';
import { defineEndpoint, type RequestContext, type TenantsView } from '../endpoint.ts';

const name = z
  .string({ error: 'expected a name' })
  .min(1, 'expected a name, got none')
  .max(200, 'expected at most 200 characters')
  .openapi({ description: 'The tenant.', example: 'shop' });
const displayName = z
  .string({ error: 'expected a name' })
  .openapi({ description: 'The name that people read.', example: 'Shop' });

/** The properties that endpoints have which change tenants: those that the caller may select. */
const CHANGE = {
  method: 'post',
  permission: 'tenants:manage',
  scope: 'tenant',
  needsToken: true,
  target: 'tenant',
} as const;

export const usageOfTenants = defineEndpoint({
  path: '/api/v1/tenants/usage',
  permission: 'operations:read',
  scope: 'tenant',
  summary: 'Returns what tenants have sent, stored and queried.',
  parameters: z.object({}),
  response: tenantsUsage,
  async handle(_, { tenants, access }) {
    const all = (await tenants?.usage()) ?? [];
    return { tenants: all.filter((one) => maySelectTenant(access, one.tenant)) };
  },
});

export const listTenants = defineEndpoint({
  path: '/api/v1/tenants',
  permission: 'tenants:manage',
  scope: 'tenant',
  summary: 'Returns the tenants that are defined or have sent something: state, limits, and what they use.',
  parameters: z.object({}),
  response: tenantList,
  async handle(_, { tenants, access }) {
    const all = (await tenants?.list()) ?? [];
    return { tenants: all.filter((one) => maySelectTenant(access, one.tenant)) };
  },
});

export const createTenant = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/tenants/create',
  summary: 'Adds a tenant to the database of the extension `identity`.',
  parameters: z.object({ tenant: name, displayName: displayName.optional(), limits: newTenantLimits.default({}) }),
  response: tenant,
  handle: ({ tenant: created, ...settings }, context) => of(context, created).create(created, settings),
});

export const renameTenant = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/tenants/rename',
  summary:
    'Changes the name of a tenant that people read. Credentials, headers and paths of data keep the one that identifies it.',
  parameters: z.object({ tenant: name, displayName }),
  response: tenant,
  handle: ({ tenant: renamed, ...change }, context) => of(context, renamed).change(renamed, change),
});

export const suspendTenant = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/tenants/suspend',
  summary:
    'Suspends a tenant: its telemetry and queries are refused with 403, and what is stored stays. Callers with `tenants:manage` can still export it.',
  parameters: z.object({ tenant: name }),
  response: tenant,
  handle: ({ tenant: suspended }, context) => of(context, suspended).change(suspended, { state: 'suspended' }),
});

export const resumeTenant = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/tenants/resume',
  summary: 'Accepts telemetry and queries of a suspended tenant again.',
  parameters: z.object({ tenant: name }),
  response: tenant,
  handle: ({ tenant: resumed }, context) => of(context, resumed).change(resumed, { state: 'active' }),
});

export const limitTenant = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/tenants/limits',
  summary:
    'Sets limits of a tenant, and removes those that are `null`, so that the limits of all tenants apply. The others stay. All threads apply them within a second.',
  parameters: z.object({ tenant: name, limits: changedTenantLimits }),
  response: tenant,
  handle: ({ tenant: limited, limits }, context) => of(context, limited).change(limited, { limits }),
});

export const removeTenant = defineEndpoint({
  ...CHANGE,
  path: '/api/v1/tenants/remove',
  summary:
    'Removes everything that the store, the page and the database of identities keep of a tenant, and returns a signed statement of it. From then on, telemetry of the tenant is refused, unless `accepts` is set. A removal that is interrupted continues at the next start.',
  parameters: z.object({
    tenant: name,
    accepts: z.boolean({ error: 'expected true or false' }).default(false).openapi({
      description:
        'Whether telemetry of the tenant is accepted again afterwards. Its definition, API keys and roles stay.',
    }),
  }),
  response: removalProof,
  handle({ tenant: removed, accepts }, context) {
    const tenants = of(context, removed);
    if (removed === DEFAULT_TENANT)
      throw new ApiProblem('bad_request', `tenant: expected one other than ${DEFAULT_TENANT}, which always exists`);
    return tenants.remove(removed, { by: context.access.subject, accepts });
  },
});

/** Returns the tenants of the process. Throws an `ApiProblem` unless the caller may select one of them. */
function of({ tenants, access }: RequestContext, selected: string): TenantsView {
  requireTenant(access, selected);
  if (tenants === undefined) throw new ApiProblem('unavailable', 'this process does not tell tenants apart');
  return tenants;
}
