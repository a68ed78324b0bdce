import type { TenantNotifier } from '../of-tenant.ts';
import type { ApiContext } from './context.ts';
import { matchesFilter, parseFilters } from './filters.ts';

/** The version whose API is served; clients such as Grafana choose their features by it. */
const COMPATIBLE_VERSION = '0.34.0';

/** Returns the status, with the configuration without its secrets. */
export function getStatus({ config, startedAtMs }: TenantNotifier): object {
  return {
    cluster: { status: 'disabled', peers: [] },
    config: { original: config.original },
    uptime: new Date(startedAtMs).toISOString(),
    versionInfo: {
      branch: 'otelier',
      buildDate: '',
      buildUser: '',
      goVersion: '',
      revision: '',
      version: COMPATIBLE_VERSION,
    },
  };
}

/** Returns the receivers that fulfill `receiver_matchers`. */
export function listReceivers({ notifier, query }: ApiContext): readonly object[] {
  const matchers = parseFilters(query, 'receiver_matchers');
  return notifier
    .receivers()
    .filter(({ labels }) => matchesFilter(matchers, labels))
    .map(({ name, labels }) => ({ name, labels }));
}
