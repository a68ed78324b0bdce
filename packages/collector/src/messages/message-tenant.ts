import { DEFAULT_TENANT, isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import { z } from '../component/schema.ts';
import type { Headers } from './message.ts';

/** Returns the field of message receivers that says whose the telemetry of a message is. */
export function messageTenantField() {
  return z
    .strictObject({
      header: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Header of messages with the name of the tenant. Clients that can write messages can name any tenant.',
        ),
      name: z
        .string()
        .refine(isTenantName, { error: `expected a name of ${TENANT_NAME_RULE}` })
        .prefault(DEFAULT_TENANT)
        .describe('Tenant of messages without the header, and of all messages if no header is configured.'),
    })
    .prefault({})
    .describe('Whose the telemetry is.');
}

/** The parsed field. */
export type MessageTenant = z.output<ReturnType<typeof messageTenantField>>;

/** The tenant of a message, or why its header does not name one. */
export type TenantOfMessage =
  | { readonly ok: true; readonly tenant: string }
  | { readonly ok: false; readonly reason: string };

/** Returns the tenant of a message. A header that does not name one is no reason to take another. */
export function tenantOf({ header, name }: MessageTenant, headers: Headers): TenantOfMessage {
  const values = header === undefined ? undefined : headers[header.toLowerCase()];
  if (values === undefined) return { ok: true, tenant: name };
  const [value = ''] = values;
  if (values.length === 1 && isTenantName(value)) return { ok: true, tenant: value };
  const got = values.length === 1 ? JSON.stringify(value.slice(0, 80)) : `${values.length} values`;
  return { ok: false, reason: `${header}: expected the name of a tenant, ${TENANT_NAME_RULE}, got ${got}` };
}
