import type { FacetsResponse, LogHistogramResponse, LogsResponse } from '@otelier/query';
import { conditionOf, fieldOf } from './conditions.ts';
import type { Shop, ShopLog } from './shop.ts';
import type { RequestParams } from './spans-api.ts';

const BANDS = [
  ['trace', 1, 4],
  ['debug', 5, 8],
  ['info', 9, 12],
  ['warn', 13, 16],
  ['error', 17, 20],
  ['fatal', 21, 24],
  ['unspecified', 0, 0],
] as const;

/** Compiles a request's conditions, search string and IDs to a predicate. */
export function logFilter(params: URLSearchParams): (log: ShopLog) => boolean {
  const tests = params.getAll('where').map((where) => conditionOf(where));
  const text = params.get('text')?.toLowerCase();
  const traceId = params.get('trace_id');
  const spanId = params.get('span_id');
  return (log) =>
    (traceId === null || log.traceId === traceId) &&
    (spanId === null || log.spanId === spanId) &&
    (text === undefined || `${log.body} ${Object.values(log.attributes).join(' ')}`.toLowerCase().includes(text)) &&
    tests.every((test) => test(log as never));
}

/** Returns the records that a request selects. */
export function matchingLogs(shop: Shop, ask: RequestParams): ShopLog[] {
  const filter = logFilter(ask.params);
  return shop.logs.filter((log) => log.timeMillis >= ask.start && log.timeMillis < ask.end && filter(log));
}

export function logs(shop: Shop, ask: RequestParams): LogsResponse {
  const found = matchingLogs(shop, ask).sort((a, b) =>
    ask.params.get('order') === 'oldest' ? a.timeMillis - b.timeMillis : b.timeMillis - a.timeMillis,
  );
  const after = ask.params.get('after');
  const from = after === null ? 0 : found.findIndex((log) => log.cursor === after) + 1;
  const page = found.slice(from, from + ask.limit);
  return { logs: page, next: from + page.length < found.length ? page.at(-1)?.cursor : undefined };
}

export function histogram(shop: Shop, ask: RequestParams): LogHistogramResponse {
  const found = matchingLogs(shop, ask);
  const severities = Object.fromEntries(
    BANDS.map(([name]) => [name, Array.from({ length: ask.steps }, () => 0)]),
  ) as Record<(typeof BANDS)[number][0], number[]>;
  for (const log of found) {
    const [name] = BANDS.find(([, low, high]) => log.severityNumber >= low && log.severityNumber <= high) ?? [
      'unspecified',
    ];
    const step = Math.floor(((log.timeMillis - ask.start) / (ask.end - ask.start)) * ask.steps);
    severities[name][step] = (severities[name][step] ?? 0) + 1;
  }
  const stepMillis = (ask.end - ask.start) / ask.steps;
  return {
    timesMillis: Array.from({ length: ask.steps }, (_, step) => ask.start + step * stepMillis),
    stepMillis,
    total: found.length,
    severities,
  };
}

export function facets(shop: Shop, ask: RequestParams): FacetsResponse {
  const found = matchingLogs(shop, ask);
  return {
    facets: ask.params.getAll('field').map((field) => {
      const counts = new Map<string, number>();
      for (const log of found) {
        const value = field === 'severity' ? log.severityText : fieldOf(log as never, field);
        if (value !== undefined) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
      }
      return {
        field,
        values: [...counts]
          .map(([value, count]) => ({ value, count }))
          .sort((a, b) => b.count - a.count)
          .slice(0, 10),
      };
    }),
  };
}

export function attributes(shop: Shop, ask: RequestParams): FacetsResponse {
  const rows = ask.params.get('signal') === 'traces' ? shop.spans.slice(-2000) : shop.logs.slice(-2000);
  const counts = new Map<string, number>();
  for (const row of rows) for (const key of Object.keys(row.attributes)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return {
    facets: [
      {
        field: 'attributes',
        values: [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count),
      },
    ],
  };
}
