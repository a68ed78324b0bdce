import type { RangeQuery, ServiceSummary } from '../../contract.ts';
import type { RequestStats } from '../../read/summaries/histogram.ts';
import {
  asBigInt,
  asNumber,
  asText,
  type ClickHouseContext,
  NANOS,
  type Row,
  rangeOf,
  select,
  tableOf,
  where,
} from '../shared/context.ts';
import { requests } from './requests.ts';

/** Returns the services that have spans or logs in the range, by name. */
export async function services(context: ClickHouseContext, query: RangeQuery): Promise<readonly ServiceSummary[]> {
  if (query.end <= query.start) return [];
  const [spans, logs, found] = await Promise.all([
    items(context, query, 'traces'),
    items(context, query, 'logs'),
    requests(context, { ...query, steps: 1 }, 'service'),
  ]);
  const stats = new Map([...found.all()].map(({ service, steps }) => [service, steps.get(0)]));
  const names = [...new Set([...spans.keys(), ...logs.keys()])].sort();
  return names.map((service) => summaryOf(service, stats.get(service), spans.get(service), logs.get(service)));
}

interface Items {
  readonly count: number;
  readonly version: string | undefined;
  readonly lastSeen: bigint;
}

async function items(
  context: ClickHouseContext,
  query: RangeQuery,
  signal: 'traces' | 'logs',
): Promise<ReadonlyMap<string, Items>> {
  const version = "ResourceAttributes['service.version']";
  const text =
    `SELECT ServiceName AS service, count() AS items, max(${NANOS}) AS last, ` +
    `argMaxIf(${version}, Timestamp, ${version} != '') AS version ` +
    `FROM ${tableOf(context, signal)} ${where(rangeOf(query))} GROUP BY ServiceName`;
  return new Map((await select(context, text)).map((row) => [asText(row['service']), itemsOf(row)]));
}

function itemsOf(row: Row): Items {
  return {
    count: asNumber(row['items']),
    version: asText(row['version']) || undefined,
    lastSeen: asBigInt(row['last']),
  };
}

function summaryOf(
  service: string,
  stats: RequestStats | undefined,
  spans: Items | undefined,
  logs: Items | undefined,
): ServiceSummary {
  const latestFirst = [spans, logs]
    .filter((one) => one !== undefined)
    .sort((a, b) => (a.lastSeen > b.lastSeen ? -1 : 1));
  return {
    service,
    version: latestFirst.map(({ version }) => version).find((version) => version !== undefined),
    requests: stats?.count ?? 0,
    errors: stats?.errors ?? 0,
    p50: stats?.quantile(0.5) ?? 0,
    p95: stats?.quantile(0.95) ?? 0,
    p99: stats?.quantile(0.99) ?? 0,
    spans: spans?.count ?? 0,
    logs: logs?.count ?? 0,
    lastSeen: latestFirst[0]?.lastSeen ?? 0n,
  };
}
