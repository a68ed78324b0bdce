import assert from 'node:assert/strict';

/** The levels of OTLP/JSON requests, and the keys that contain data points. */
const LEVELS = [
  { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' },
  { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' },
  { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' },
] as const;
/** The kinds of metric data. */
export const POINT_KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

type Fields = Readonly<Record<string, unknown>>;

/** A span, log record or data point with its resource, scope and metric. */
export interface Item {
  readonly resource: unknown;
  readonly resourceSchemaUrl: unknown;
  readonly scope: unknown;
  readonly scopeSchemaUrl: unknown;
  /** The metric that a data point belongs to, without its points. */
  readonly metric?: unknown;
  readonly item: unknown;
}

/**
 * Returns the items of OTLP/JSON requests with their context, so that requests can be compared regardless of grouping.
 */
export function itemsOf(requests: readonly unknown[]): Item[] {
  return requests.flatMap((request) =>
    LEVELS.flatMap(({ resources, scopes, items }) =>
      listAt(request, resources).flatMap((resource) =>
        listAt(resource, scopes).flatMap((scope): Item[] => {
          const around = {
            resource: resource['resource'],
            resourceSchemaUrl: resource['schemaUrl'],
            scope: scope['scope'],
            scopeSchemaUrl: scope['schemaUrl'],
          };
          const found = listAt(scope, items);
          return items === 'metrics'
            ? found.flatMap((metric) => pointsOf(metric).map((point) => ({ ...around, ...point })))
            : found.map((item) => ({ ...around, item }));
        }),
      ),
    ),
  );
}

/**
 * Asserts that both lists contain the same strings the same number of times, in any order. Shows only the first
 * differences, because reports of thousands of items are unreadable.
 */
export function assertSame(actual: readonly string[], expected: readonly string[], what: string): void {
  const counts = new Map<string, number>();
  for (const text of expected) counts.set(text, (counts.get(text) ?? 0) + 1);
  for (const text of actual) counts.set(text, (counts.get(text) ?? 0) - 1);
  const show = (direction: number): string =>
    [...counts]
      .filter(([, count]) => count * direction > 0)
      .sort()
      .slice(0, 3)
      .map(([text, count]) => `\n  ${Math.abs(count)} × ${text}`)
      .join('');
  if ([...counts.values()].every((count) => count === 0)) return;
  assert.fail(
    `${what}: expected ${expected.length} items, got ${actual.length}\nmissing:${show(1)}\nunexpected:${show(-1)}`,
  );
}

/** Parses OTLP/JSON with one request per line. */
export function parseLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function pointsOf(metric: Fields): { readonly metric: unknown; readonly item: unknown }[] {
  return POINT_KINDS.flatMap((kind) => {
    const { dataPoints = [], ...data } = (metric[kind] ?? {}) as Fields & { readonly dataPoints?: readonly Fields[] };
    return dataPoints.map((item) => ({ metric: { ...metric, [kind]: data }, item }));
  });
}

/**
 * Returns every item as a string, sorted, so that the lists of equal telemetry are equal regardless of batching and of
 * equivalent OTLP/JSON encodings.
 */
export function canonicalItems(requests: readonly unknown[]): string[] {
  return itemsOf(requests)
    .map((item) => JSON.stringify(canonical(item)))
    .sort();
}

/**
 * Scalars whose default values are significant, because they are oneof fields, have explicit presence, or are list
 * elements.
 */
const PRESENT = new Set([
  ...['stringValue', 'boolValue', 'intValue', 'doubleValue', 'bytesValue', 'stringValueStrindex'],
  ...['asInt', 'asDouble', 'min', 'max', 'sum'],
]);

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? numberText(value) : value;
  const entries = Object.entries(value)
    .map(([name, entry]) => [name, canonical(entry)] as const)
    .filter(([name, entry]) => entry !== undefined && (PRESENT.has(name) || !isDefault(entry)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

/** Formats a number the way OTLP/JSON writes 64-bit integers and non-finite doubles. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Reports whether a value is a default. A message without fields is not, because its presence is significant. */
function isDefault(value: unknown): boolean {
  return value === '' || value === '0' || value === false || (Array.isArray(value) && value.length === 0);
}

function listAt(value: unknown, key: string): Fields[] {
  return ((value as Record<string, Fields[] | undefined> | undefined)?.[key] ?? []) as Fields[];
}
