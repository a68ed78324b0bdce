import { isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import { networksOf } from '@otelier/transport/endpoint';
import { byteSize, duration, z } from '../component/schema.ts';

/** Returns a size in bytes other than 0, which would permit nothing: `state: suspended` is for that. */
const size = () => byteSize().refine((bytes) => bytes > 0, 'expected more than 0, or no limit');

const limits = (what: string) =>
  z
    .strictObject({
      ingestBytesPerSecond: size()
        .optional()
        .describe('Received bytes per second, after decompression. Requests beyond it are rejected with 429.'),
      ingestItemsPerSecond: z
        .int()
        .min(1)
        .optional()
        .describe('Received spans, log records, data points and profiles per second.'),
      bytesInFlight: size()
        .optional()
        .describe(
          'Size of requests that are received and not acknowledged. Default: half of the memory for receivers, while several tenants send.',
        ),
      connections: z
        .int()
        .min(1)
        .optional()
        .describe('Maximum number of open connections to receivers. Further ones are rejected with 429 and closed.'),
      activeSeries: z
        .int()
        .min(1)
        .optional()
        .describe(
          'Maximum number of series of metrics with points in the last 10 to 20 minutes. Points of further ones are rejected.',
        ),
      weight: z
        .number()
        .min(0.01)
        .max(100)
        .optional()
        .describe('Share of the processor relative to other tenants while all of it is in use. Default 1.'),
      diskBytes: size()
        .optional()
        .describe('Maximum size of stored files. Beyond it, the oldest files of the tenant are removed.'),
      diskQuotaBytes: size()
        .optional()
        .describe(
          'Size of stored files from which telemetry of the tenant is refused with 507, until it is raised or files are removed.',
        ),
      concurrentQueries: z.int().min(1).optional().describe('Maximum number of queries at the same time.'),
      queryTime: duration()
        .refine((millis) => millis > 0, 'expected more than 0, or no limit')
        .optional()
        .describe('Maximum duration of a query.'),
      queryMemoryBytes: size()
        .optional()
        .describe('Maximum memory of a query in the engine of the store. Values below 16 MB count as 16 MB.'),
    })
    .prefault({})
    .describe(what);

/** Returns the field `service.tenants`. */
export function tenantsConfig() {
  return z
    .strictObject({
      header: z
        .string()
        .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected the name of a header')
        .prefault('X-Scope-OrgID')
        .describe('Header with the name of the tenant. Only requests from trusted proxies may have it.'),
      trustedProxies: z
        .array(
          z.string().superRefine((network, context) => {
            try {
              networksOf([network]);
            } catch (error) {
              context.addIssue({ code: 'custom', message: String((error as Error).message) });
            }
          }),
        )
        .prefault([])
        .describe('Addresses and networks of the proxies whose header is believed: `10.0.0.0/8`.'),
      unknown: z
        .enum(['accept', 'reject'])
        .prefault('accept')
        .describe('Whether telemetry of tenants is accepted that neither `named` nor an extension defines.'),
      limits: limits('Limits of each tenant.'),
      named: z
        .record(
          z.string(),
          z.strictObject({
            state: z
              .enum(['active', 'suspended'])
              .prefault('active')
              .describe('Whether telemetry and queries of the tenant are accepted.'),
            limits: limits('Limits that replace those of each tenant.'),
          }),
        )
        .prefault({})
        .superRefine((named, context) => {
          for (const name of Object.keys(named))
            if (!isTenantName(name))
              context.addIssue({ code: 'custom', path: [name], message: `expected a name of ${TENANT_NAME_RULE}` });
        })
        .describe('Tenants by name.'),
    })
    .optional()
    .describe(
      'Tenants: who may name one, and their limits. Without it, all telemetry without a credential is of `default`.',
    );
}

/** The parsed `service.tenants` section. */
export type TenantsConfig = NonNullable<z.output<ReturnType<typeof tenantsConfig>>>;

/** The limits of a tenant. What is `undefined` is not limited. */
export type TenantLimits = TenantsConfig['limits'];
