import { DEFAULT_TENANT } from '@otelier/otlp';

type Labels = Readonly<Record<string, string>>;

/** The label of sent alerts with the tenant that owns them. Alerts of the default tenant have none. */
export const TENANT_LABEL = 'otelier_tenant';

/** Returns labels with the tenant that owns the alert, whatever they said. */
export function withTenantLabel(labels: Labels, tenant: string): Labels {
  const { [TENANT_LABEL]: _, ...rest } = labels;
  return tenant === DEFAULT_TENANT ? rest : { ...rest, [TENANT_LABEL]: tenant };
}

/** Returns the tenant that owns an alert. */
export function tenantOfAlert(labels: Labels): string {
  return (Object.hasOwn(labels, TENANT_LABEL) ? labels[TENANT_LABEL] : undefined) ?? DEFAULT_TENANT;
}
