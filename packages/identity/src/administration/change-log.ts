import type { Access } from '../access.ts';
import type { AuditEvent } from '../audit/entry.ts';
import type { Changes } from '../database/changes.ts';

/** Records a change that a caller made. */
export type RecordChange = (
  by: Pick<Access, 'subject'>,
  change: Pick<AuditEvent, 'action' | 'target' | 'tenant' | 'address'>,
) => void;

/** Returns what records changes in an audit log, once they are durable. */
export function createRecordChange(
  changes: Changes,
  now: () => number,
  audit: (event: AuditEvent) => void,
): RecordChange {
  return ({ subject }, change) =>
    changes.whenDurable(() => audit({ timeMillis: now(), subject, outcome: 'allowed', ...change }));
}

/** Describes grants for the log: `admin in all tenants`. */
export function describeGrants(grants: readonly { readonly role: string; readonly tenant: string }[]): string {
  return grants.map(({ role, tenant }) => `${role} in ${tenant === '*' ? 'all tenants' : tenant}`).join(', ');
}
