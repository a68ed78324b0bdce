import type { IngestUsage } from '../component/requests/tenants.ts';

/** Adds up what tenants have sent to threads, by name. */
export function mergeUsage(threads: readonly (readonly IngestUsage[])[]): readonly IngestUsage[] {
  const groups = Map.groupBy(threads.flat(), ({ tenant }) => tenant);
  return [...groups]
    .map(([tenant, parts]) => {
      const sum = (key: Exclude<keyof IngestUsage, 'tenant' | 'state'>): number =>
        parts.reduce((total, one) => total + one[key], 0);
      return {
        ...{ tenant, state: parts[0]?.state ?? 'active', receivedItems: sum('receivedItems') },
        ...{ receivedBytes: sum('receivedBytes'), rejectedRequests: sum('rejectedRequests') },
        ...{ itemsPerSecond: sum('itemsPerSecond'), bytesPerSecond: sum('bytesPerSecond') },
        ...{ connections: sum('connections'), activeSeries: sum('activeSeries') },
        ...{ inFlightBytes: sum('inFlightBytes'), queries: sum('queries'), rejectedQueries: sum('rejectedQueries') },
      };
    })
    .sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
}
