import { isTenantName, type Signal, TENANT_NAME_RULE } from '@otelier/otlp';
import { z } from '../component/schema.ts';

/** The tenants whose batches enter a pipeline: those of a list, or all but those of a list. */
export type PipelineTenants = { readonly only: readonly string[] } | { readonly except: readonly string[] };

/** The field `tenants` of a pipeline. */
export const pipelineTenants = z
  .union(
    [z.literal('others'), z.array(z.string().refine(isTenantName, `expected a name of ${TENANT_NAME_RULE}`)).min(1)],
    'expected a list of tenants such as [acme, umbra], or others',
  )
  .optional()
  .describe(
    'Tenants whose telemetry enters the pipeline: a list, or `others` for those that no other pipeline of the signal lists. Default: all.',
  );

/** What the configuration says about the tenants of a pipeline. */
type TenantsField = z.output<typeof pipelineTenants>;

/** Returns the tenants of a pipeline, among all pipelines of its signal; "none" for `others` if no pipeline lists any. */
export function tenantsOfPipeline(
  field: TenantsField,
  signal: Signal,
  all: readonly { readonly signal: Signal; readonly tenants: TenantsField }[],
): PipelineTenants | 'none' | undefined {
  if (field !== 'others') return field && { only: [...new Set(field)].sort() };
  const listed = all.flatMap((one) => (one.signal === signal && Array.isArray(one.tenants) ? one.tenants : []));
  return listed.length === 0 ? 'none' : { except: [...new Set(listed)].sort() };
}

/** Reports whether batches of a tenant enter a pipeline. */
export function acceptsTenant(tenants: PipelineTenants | undefined, tenant: string): boolean {
  if (tenants === undefined) return true;
  return 'only' in tenants ? tenants.only.includes(tenant) : !tenants.except.includes(tenant);
}
