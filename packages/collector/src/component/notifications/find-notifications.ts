import type { Notifier } from '@otelier/alerting/notify';
import type { Notifications } from '@otelier/query';
import type { Clock } from '@otelier/transport/clock';
import type { Host } from '../host.ts';

/** What an extension offers that sends alerts to receivers. */
interface OfferedNotifier {
  readonly kind: 'alerting';
  /** Returns the notifier; `undefined` without receivers, or until it is open. */
  notifier(): Notifier | undefined;
}

/** Returns what sends alerts to receivers in a service, for the API: the first extension that offers it. */
export function findNotifications(
  host: Pick<Host, 'statuses' | 'extension'>,
  clock: Pick<Clock, 'now'>,
): Notifications | undefined {
  for (const { kind, component } of host.statuses()) {
    if (kind !== 'extension' || component.split('/')[0] !== 'alerting') continue;
    const offers = host.extension(component)?.offers as Partial<OfferedNotifier> | undefined;
    const notifier = offers?.kind === 'alerting' ? offers.notifier?.() : undefined;
    if (notifier !== undefined) return notificationsOf(notifier, clock);
  }
  return undefined;
}

function notificationsOf(notifier: Notifier, clock: Pick<Clock, 'now'>): Notifications {
  return {
    deliveries(tenant) {
      const { pending, failed } = notifier.deliveries();
      const isShown = (one: { readonly tenant: string }) => tenant === undefined || one.tenant === tenant;
      return { pending: pending.filter(isShown), failed: failed.filter(isShown) };
    },
    async handle(request, tenant) {
      const { handleAlertmanager } = await import('@otelier/alerting/notify');
      return handleAlertmanager(request, notifier, clock.now(), tenant);
    },
  };
}
