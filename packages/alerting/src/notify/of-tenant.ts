import { DEFAULT_TENANT } from '@otelier/otlp';
import { TENANT_LABEL, tenantOfAlert, withTenantLabel } from '../tenant-label.ts';
import { createMatcher, type Matcher } from './matching/matcher.ts';
import type { Notifier } from './notifier.ts';
import { type Silence, SilenceError } from './silences/silence.ts';

/** What a client of one tenant sees and changes of a notifier. */
export type TenantNotifier = Omit<Notifier, 'receive' | 'close' | 'removeTenant'>;

/**
 * Returns what a client of one tenant sees and changes: alerts, groups, silences and deliveries of that tenant, and the
 * receivers that its alerts can reach. The configuration is of the process and is not shown.
 */
export function notifierOf(notifier: Notifier, tenant: string): TenantNotifier {
  const isOwn = (labels: Readonly<Record<string, string>>): boolean => tenantOfAlert(labels) === tenant;
  const own = ownMatcher(tenant);
  const isOwnSilence = (silence: Silence): boolean => isSilenceOf(silence, tenant);
  const find = (id: string): Silence | undefined => {
    const found = notifier.silences.get(id);
    return found !== undefined && isOwnSilence(found) ? found : undefined;
  };
  const require = (id: string): void => {
    if (find(id) === undefined) throw new SilenceError('unknown', `silence ${id} not found`);
  };
  const reached = (): ReadonlySet<string> =>
    new Set(notifier.routesOf(withTenantLabel({}, tenant)).map(({ receiver }) => receiver));
  return {
    config: { ...notifier.config, original: '' },
    startedAtMs: notifier.startedAtMs,
    silences: {
      list: () => notifier.silences.list().filter(isOwnSilence),
      get: find,
      async create({ matchers, ...input }) {
        if (input.id !== undefined && input.id !== '') require(input.id);
        const others = matchers.filter(({ name }) => name !== TENANT_LABEL);
        return notifier.silences.create({ ...input, matchers: [...others, own] });
      },
      async expire(id) {
        require(id);
        await notifier.silences.expire(id);
      },
    },
    post: (alerts) =>
      notifier.post(alerts.map((alert) => ({ ...alert, labels: withTenantLabel(alert.labels, tenant) }))),
    alerts: () => notifier.alerts().filter(({ alert }) => isOwn(alert.labels)),
    groups: () =>
      notifier
        .groups()
        .map((group) => ({ ...group, alerts: group.alerts.filter(({ alert }) => isOwn(alert.labels)) }))
        .filter(({ alerts }) => alerts.length > 0),
    routesOf: (labels) => notifier.routesOf(withTenantLabel(labels, tenant)),
    receivers: () => notifier.receivers().filter(({ name }) => reached().has(name)),
    deliveries() {
      const { pending, failed } = notifier.deliveries();
      const ofTenant = <T extends { readonly tenant: string }>(all: readonly T[]): readonly T[] =>
        all.filter((one) => one.tenant === tenant);
      return { pending: ofTenant(pending), failed: ofTenant(failed) };
    },
  };
}

/** Reports whether a silence is of a tenant. */
export function isSilenceOf({ matchers }: Silence, tenant: string): boolean {
  const own = ownMatcher(tenant);
  return matchers.some((one) => isEqual(one, own));
}

/** Returns the matcher that silences of a tenant have, so that they suppress no alert of another. */
function ownMatcher(tenant: string): Matcher {
  return createMatcher(TENANT_LABEL, '=', tenant === DEFAULT_TENANT ? '' : tenant);
}

function isEqual(a: Matcher, b: Matcher): boolean {
  return a.name === b.name && a.operator === b.operator && a.value === b.value;
}
