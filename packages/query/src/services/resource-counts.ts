import type { Attributes, ItemCount, RangeQuery, Store } from '@otelier/store';

/** The items of a service with one resource in a step. */
export interface ResourceCount {
  readonly service: string;
  readonly step: number;
  readonly resource: Attributes;
  readonly items: number;
  /** Server and consumer spans, and those of them that failed. */
  readonly requests: number;
  readonly errors: number;
}

/** Signals whose items are counted by resource, with the properties that tell requests apart. */
const SIGNALS = [
  { signal: 'traces', by: ['service', 'resource', 'kind', 'status'] },
  { signal: 'logs', by: ['service', 'resource'] },
] as const;
/** Number of combinations of resources and steps up to which they are counted. */
const MAX_COUNTS = 50_000;
const MAX_METRICS = 20;
const MAX_STREAMS = 5000;

/**
 * Counts spans, log records and streams of metrics by resource, of one service or of all. Returns `undefined` if there
 * are too many different resources.
 */
export async function countResources(
  store: Store,
  range: RangeQuery & { readonly steps: number },
  service?: string,
): Promise<readonly ResourceCount[] | undefined> {
  const condition = { field: 'service', op: '=', value: service ?? '' } as const;
  const filter = service === undefined ? {} : { filter: { kind: 'condition', condition } as const };
  const counted = await Promise.all(
    SIGNALS.map(({ signal, by }) => store.countItems({ ...range, signal, by, ...filter, limit: MAX_COUNTS })),
  );
  const counts: ResourceCount[] = [];
  for (const items of counted) {
    if (items === undefined) return undefined;
    for (const item of items) if (item.service !== '') counts.push(countOf(item));
  }
  return counts;
}

function countOf({ service, step, items, kind, statusCode, resourceAttributes }: ItemCount): ResourceCount {
  const requests = kind === 'SERVER' || kind === 'CONSUMER' ? items : 0;
  return {
    service,
    step,
    resource: resourceAttributes,
    items,
    requests,
    errors: statusCode === 'ERROR' ? requests : 0,
  };
}

/** Counts the streams of metrics of a service by resource, in the steps from their first to their last point. */
export async function countMetricResources(
  store: Store,
  range: RangeQuery & { readonly steps: number },
  service: string,
): Promise<readonly ResourceCount[]> {
  const metrics = await store.metricNames({ ...range, limit: 2000 });
  const names = metrics
    .filter(({ services }) => services.includes(service))
    .slice(0, MAX_METRICS)
    .map(({ name }) => name);
  if (names.length === 0) return [];
  const streams = await store.metricStreams({ ...range, names, limit: MAX_STREAMS });
  const startMillis = Number(range.start / 1_000_000n);
  const millis = Number(range.end / 1_000_000n) - startMillis;
  const stepOf = (at: number): number =>
    Math.max(0, Math.min(range.steps - 1, Math.floor(((at - startMillis) / millis) * range.steps)));
  return streams
    .filter(({ resourceAttributes }) => resourceAttributes['service.name'] === service)
    .flatMap(({ resourceAttributes, first, last }) =>
      [...new Set([stepOf(first), stepOf(last)])].map((step) => ({
        ...{ service, step, resource: resourceAttributes, items: 1, requests: 0, errors: 0 },
      })),
    );
}
