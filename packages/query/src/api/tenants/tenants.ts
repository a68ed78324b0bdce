import { z } from '@hono/zod-openapi';
import { tenantUsage } from './usage.ts';

/** Units of the limits of a tenant, by name. */
const LIMITS_OF_TENANTS = {
  ingestBytesPerSecond: 'Received bytes per second, after decompression.',
  ingestItemsPerSecond: 'Received spans, log records, data points and profiles per second.',
  bytesInFlight: 'Size of requests that are received and not acknowledged.',
  connections: 'Open connections to receivers.',
  activeSeries: 'Series of metrics with points in the last 10 to 20 minutes.',
  diskBytes: 'Size of stored files, beyond which the oldest are removed.',
  diskQuotaBytes: 'Size of stored files from which telemetry is refused.',
  concurrentQueries: 'Number of queries at the same time.',
  queryMillis: 'Duration of a query in milliseconds.',
  queryMemoryBytes: 'Memory of a query in the engine of the store.',
  weight: 'Share of the processor relative to other tenants; 1 by default.',
} as const;

/** The name of a limit of a tenant. */
export type TenantLimitName = keyof typeof LIMITS_OF_TENANTS;

/** The names of the limits of a tenant. */
export const TENANT_LIMIT_NAMES = Object.keys(LIMITS_OF_TENANTS) as readonly TenantLimitName[];

/** Returns the limits of a tenant as an object, in which none is required. */
function limitsOf<T extends z.ZodType>(field: (name: TenantLimitName) => T) {
  const shape = Object.fromEntries(
    TENANT_LIMIT_NAMES.map((name) => [name, field(name).optional().describe(LIMITS_OF_TENANTS[name])]),
  );
  return z.strictObject(shape as Record<TenantLimitName, z.ZodOptional<T>>);
}

const positive = (name: TenantLimitName) =>
  name === 'weight'
    ? z.number({ error: 'expected a number' }).min(0.01, 'expected at least 0.01').max(100, 'expected at most 100')
    : z.int({ error: 'expected a whole number' }).min(1, 'expected at least 1');

/** Limits that a request sets. */
export const newTenantLimits = limitsOf(positive);

/** Limits that a request sets, or removes by `null`. */
export const changedTenantLimits = limitsOf((name) => positive(name).nullable());

export const tenantLimits = limitsOf(() => z.number())
  .describe('What is not set is not limited.')
  .openapi('TenantLimits');

export const tenant = z
  .object({
    tenant: z.string().describe('Identifies the tenant in credentials, headers and paths of data. It never changes.'),
    displayName: z.string().describe('The name that people read.'),
    state: z.enum(['active', 'suspended']),
    definedBy: z
      .enum(['identity', 'configuration', 'telemetry'])
      .describe(
        'Where the tenant is defined: in the database of the extension `identity`, where it can be changed, in `service.tenants.named`, or nowhere, so that only its telemetry shows that it exists.',
      ),
    createdMillis: z
      .number()
      .optional()
      .describe('When it was created, in milliseconds since the Unix epoch. Only of `identity`.'),
    limits: tenantLimits.describe('The limits in force: those of all tenants, unless the tenant has its own.'),
    ownLimits: tenantLimits.describe('The limits of only this tenant.'),
    usage: tenantUsage,
  })
  .openapi('Tenant');

export const tenantList = z
  .object({ tenants: z.array(tenant).describe('Those that the caller may see, by name.') })
  .openapi('TenantList');
