import type { RangeQuery, ServiceSummary } from '../../contract.ts';
import { type ReadContext, withRange } from '../shared/context.ts';
import type { RequestStats } from '../summaries/histogram.ts';
import type { ServiceItems } from '../summaries/protocol.ts';
import { requests, serviceItems, withRequests } from '../summaries/requests.ts';

/** Returns the services that have spans or logs in the range, by name. */
export async function services(context: ReadContext, query: RangeQuery): Promise<readonly ServiceSummary[]> {
  const [spans, logs] = await Promise.all([
    withRequests(context, { ...query, steps: 1 }, 'service', NO_SPANS, async (source) => {
      const [items, found] = await Promise.all([
        serviceItems(context, query, 'traces', source.files),
        requests(context, { ...query, steps: 1 }, 'service', source),
      ]);
      return {
        items: [...items, ...(source.pending?.services ?? [])],
        stats: new Map([...found.all()].map(({ service, steps }) => [service, steps.get(0)])),
      };
    }),
    withRange(context, query, 'logs', [], (files) => serviceItems(context, query, 'logs', files), 'summaries'),
  ]);
  const names = new Set([...spans.items, ...logs].map(({ service }) => service));
  return [...names].sort().map((service) => {
    const ofSpans = spans.items.filter((item) => item.service === service);
    const ofLogs = logs.filter((item) => item.service === service);
    const stats = spans.stats.get(service);
    const latestFirst = [...ofSpans, ...ofLogs].sort((a, b) => (a.lastSeen > b.lastSeen ? -1 : 1));
    return {
      service,
      version: latestFirst.map(({ version }) => version).find((version) => version !== undefined),
      requests: stats?.count ?? 0,
      errors: stats?.errors ?? 0,
      p50: stats?.quantile(0.5) ?? 0,
      p95: stats?.quantile(0.95) ?? 0,
      p99: stats?.quantile(0.99) ?? 0,
      spans: ofSpans.reduce((sum, { items }) => sum + items, 0),
      logs: ofLogs.reduce((sum, { items }) => sum + items, 0),
      lastSeen: latestFirst[0]?.lastSeen ?? 0n,
    };
  });
}

const NO_SPANS: {
  readonly items: readonly ServiceItems[];
  readonly stats: ReadonlyMap<string, RequestStats | undefined>;
} = { items: [], stats: new Map() };
