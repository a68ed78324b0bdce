import assert from 'node:assert/strict';

/** Levels of OTLP/JSON requests, and which key of an item holds points. */
const LEVELS = [
  { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' },
  { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' },
  { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' },
] as const;
/** The kinds of data of a metric. */
export const POINT_KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

type Fields = Readonly<Record<string, unknown>>;

/** A span, log record or point with all that stands around it. */
export interface Item {
  readonly resource: unknown;
  readonly resourceSchemaUrl: unknown;
  readonly scope: unknown;
  readonly scopeSchemaUrl: unknown;
  /** Of a point: its metric without the points. */
  readonly metric?: unknown;
  readonly item: unknown;
}

/** The items of OTLP/JSON requests, each by itself, so that requests can be compared that group them differently. */
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
 * Fails unless both lists hold the same texts equally often, in any order, and shows the first that differ: a report of
 * thousands of items hides what is wrong with them.
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
    `${what}: expected ${expected.length} items, got ${actual.length}\nmissing:${show(1)}\nnot expected:${show(-1)}`,
  );
}

/** OTLP/JSON, one request a line. */
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
 * Every item as one text, sorted: two lists are equal when the same items were sent, whatever was batched with what.
 * What OTLP/JSON may write in several ways is written in one.
 */
export function canonicalItems(requests: readonly unknown[]): string[] {
  return itemsOf(requests)
    .map((item) => JSON.stringify(canonical(item)))
    .sort();
}

/** Scalars whose default says something, because they are of a `oneof` or have explicit presence; and lists' entries. */
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

/** As 64-bit integers and the doubles that JSON lacks are written. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A message without fields is none: it says that it is there. */
function isDefault(value: unknown): boolean {
  return value === '' || value === '0' || value === false || (Array.isArray(value) && value.length === 0);
}

function listAt(value: unknown, key: string): Fields[] {
  return ((value as Record<string, Fields[] | undefined> | undefined)?.[key] ?? []) as Fields[];
}
