import type {
  CountItemsQuery,
  ItemCount,
  LogRow,
  SelectedLog,
  SelectLogsQuery,
  ServiceCalls,
  SpanRow,
} from '@otelier/store';
import type { Subject } from './conditions.ts';
import { compileFilter } from './item-filter.ts';
import { stepsOf } from './steps.ts';

/** Returns the log records that a query selects. */
export function* selectLogs(
  logs: readonly LogRow[],
  { filter, order }: SelectLogsQuery,
): Generator<readonly SelectedLog[]> {
  const found = filter === undefined ? [...logs] : logs.filter(compileFilter(filter));
  if (order !== undefined) found.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  if (order === 'newest') found.reverse();
  if (found.length > 0) yield found.map(({ cursor: _, ...log }) => log);
}

/** Counts rows in steps by their properties. */
export function countItems(
  rows: readonly (Subject & { readonly time: bigint })[],
  query: CountItemsQuery,
): readonly ItemCount[] | undefined {
  const { filter, by, bodies, limit } = query;
  const test = filter === undefined ? () => true : compileFilter(filter);
  const steps = stepsOf(query);
  const counts = new Map<string, ItemCount>();
  const pick = <T>(key: CountItemsQuery['by'][number], value: T | undefined, empty: T): T =>
    by.includes(key) ? (value ?? empty) : empty;
  for (const row of rows) {
    if (!test(row)) continue;
    const own = {
      step: steps.indexOf(row.time),
      service: pick('service', row.service, ''),
      name: pick('name', row.name, ''),
      kind: pick('kind', row.kind, ''),
      statusCode: pick('status', row.statusCode, ''),
      severityNumber: pick('severity', row.severityNumber, 0),
      severityText: pick('severityText', row.severityText, ''),
      resourceAttributes: pick('resource', row.resourceAttributes, {}),
      attributeKeys: pick('attributeKeys', Object.keys(row.attributes), []),
    };
    const key = JSON.stringify(own, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
    const known = counts.get(key);
    counts.set(key, {
      ...own,
      items: (known?.items ?? 0) + 1,
      bodyBytes: (known?.bodyBytes ?? 0) + (bodies === true ? Buffer.byteLength(row.body ?? '') : 0),
    });
  }
  return counts.size > limit ? undefined : [...counts.values()];
}

/** Counts the calls between services. */
export function serviceCalls(spans: readonly SpanRow[]): readonly ServiceCalls[] {
  const services = new Map(
    spans.flatMap(({ traceId, spanId, service }) => (service === '' ? [] : [[`${traceId}${spanId}`, service]])),
  );
  const found = new Map<string, ServiceCalls>();
  for (const { traceId, parentSpanId = '', service: called } of spans) {
    const caller = services.get(`${traceId}${parentSpanId}`);
    if (caller === undefined || caller === called || called === '') continue;
    const key = JSON.stringify([caller, called]);
    found.set(key, { caller, called, calls: (found.get(key)?.calls ?? 0) + 1 });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, calls]) => calls);
}
