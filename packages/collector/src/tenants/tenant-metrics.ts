import { counter, gauge, type OwnMetric } from '../component/observe/own-metric.ts';
import type { IngestUsage } from '../component/requests/tenants.ts';

/** Returns the metrics of tenants; none if only the default one sends. */
export function tenantMetrics(usage: readonly IngestUsage[]): readonly OwnMetric[] {
  if (usage.length === 0) return [];
  const points = (value: (one: IngestUsage) => number) =>
    usage.map((one) => ({ attributes: { tenant: one.tenant }, value: value(one) }));
  return [
    counter(
      'otelcol_tenant_received_items',
      '{item}',
      'Items received for a tenant.',
      points((one) => one.receivedItems),
    ),
    counter(
      'otelcol_tenant_received_size',
      'By',
      'Size of the requests received for a tenant.',
      points((one) => one.receivedBytes),
    ),
    counter(
      'otelcol_tenant_rejected_requests',
      '{request}',
      'Requests of a tenant that its limits or state rejected.',
      points((one) => one.rejectedRequests),
    ),
    gauge(
      'otelcol_tenant_in_flight_size',
      'By',
      'Size of the requests of a tenant that are not acknowledged.',
      points((one) => one.inFlightBytes),
    ),
    gauge(
      'otelcol_tenant_connections',
      '{connection}',
      'Open connections of a tenant with a limit.',
      points((one) => one.connections),
    ),
    gauge(
      'otelcol_tenant_active_series',
      '{series}',
      'Series with recent points of a tenant with a limit.',
      points((one) => one.activeSeries),
    ),
    counter(
      'otelcol_tenant_queries',
      '{query}',
      'Queries of a tenant.',
      points((one) => one.queries),
    ),
    counter(
      'otelcol_tenant_rejected_queries',
      '{query}',
      'Queries of a tenant that its limits rejected.',
      points((one) => one.rejectedQueries),
    ),
  ];
}
