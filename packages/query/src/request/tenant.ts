import type { Access } from '@otelier/identity';
import type { z } from 'zod';
import { ApiProblem } from '../api/problem.ts';
import { requireTenant } from './permission.ts';

/**
 * Returns the parameters of a request with the tenant that it reads: the one that the request names, which the caller must be
 * able to select, or that of the caller. Throws an `ApiProblem` for another.
 */
export function withTenant<Parameters extends Readonly<Record<string, unknown>>>(
  schema: z.ZodObject,
  parameters: Parameters,
  access: Access,
): Parameters {
  if (!Object.hasOwn(schema.shape, 'tenant')) return parameters;
  const { tenant = access.tenant } = parameters;
  requireTenant(access, String(tenant));
  return { ...parameters, tenant };
}

/** Throws an `ApiProblem` for a caller who may not see all tenants, for responses that do not tell them apart. */
export function requireAllTenants({ tenants }: Access): void {
  if (tenants === 'all') return;
  throw new ApiProblem(
    'forbidden',
    'tenant: expected a caller of all tenants, because the response is about all of them',
  );
}

/** Returns the only tenant that a response to a caller is about; `undefined` for callers who may see all of them. */
export function onlyTenantOf({ tenant, tenants }: Access): string | undefined {
  return tenants === 'all' ? undefined : tenant;
}
