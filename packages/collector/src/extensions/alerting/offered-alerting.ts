import type { Alerting } from '@otelier/alerting';
import type { Notifier } from '@otelier/alerting/notify';
import type { RulesView } from '@otelier/query';
import type { Host } from '../../component/host.ts';

/** What the extension offers to others, such as the workbench. */
export interface OfferedAlerting {
  readonly kind: 'alerting';
  readonly rules: RulesView;
  /** `undefined` until the store is open. */
  alerting(): Alerting | undefined;
  /** `undefined` without receivers. */
  notifier(): Notifier | undefined;
  /** Forgets alerts, notifications and silences of a tenant, and its samples in memory. Resolves when that is durable. */
  removeTenant(tenant: string): Promise<void>;
}

/** Returns what the first `alerting` extension of a service offers. */
export function findAlerting(host: Host): OfferedAlerting | undefined {
  for (const { kind, component } of host.statuses()) {
    if (kind !== 'extension' || component.split('/')[0] !== 'alerting') continue;
    const offers = host.extension(component)?.offers as Partial<OfferedAlerting> | undefined;
    if (offers?.kind === 'alerting') return offers as OfferedAlerting;
  }
  return undefined;
}
