import type { DiscoveryConfig } from '../config/discovery.ts';
import { createClient } from '../fetch/client.ts';
import { type Discovery, type DiscoveryContext, parseGroups, targetsOf } from './discovery.ts';
import { refreshing } from './refresh.ts';

const TIMEOUT_MILLIS = 30_000;
const MAX_BYTES = 64 << 20;

/** Creates a discovery that reads target groups as JSON from a URL. */
export function createHttpDiscovery(
  config: DiscoveryConfig['httpSdConfigs'][number],
  context: DiscoveryContext,
): Discovery {
  const { url, refreshInterval } = config;
  const client = createClient(config, context);
  const read = async (stopped: AbortSignal) => {
    const headers = {
      accept: 'application/json',
      'x-prometheus-refresh-interval-seconds': String(refreshInterval / 1000),
    };
    const timeout = AbortSignal.timeout(TIMEOUT_MILLIS);
    const signal = AbortSignal.any([timeout, stopped]);
    const { status, body } = await client.get(url, { headers, maxBytes: MAX_BYTES, signal });
    if (status !== 200) throw new Error(`expected status 200, got ${status}`);
    const groups = parseGroups(JSON.parse(body.toString('utf8')));
    return groups.flatMap((group) => targetsOf(group, { __meta_url: url }));
  };
  const refreshed = refreshing({ source: url, intervalMillis: refreshInterval, read }, context);
  return {
    ...refreshed,
    async stop() {
      await refreshed.stop();
      client.close();
    },
  };
}
