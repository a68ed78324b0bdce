import type { RangeQuery, RecordedValue, SelectedSpan, Store } from '@otelier/store';
import { condition } from './condition.ts';

/**
 * Returns the values of attributes (`attributes.KEY` or `resource.KEY`) of traces, by trace ID: those of the first span
 * that has the attribute, in the order of the columns. Missing ones are empty.
 */
export async function traceColumns(
  store: Store,
  range: RangeQuery,
  traceIds: readonly string[],
  columns: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const values = new Map<string, string[]>();
  if (traceIds.length === 0 || columns.length === 0) return values;
  const query = {
    ...range,
    traceIds,
    filter: { kind: 'any', filters: columns.map((column) => condition(column, 'exists', true)) },
    parts: {
      attributes: columns.filter((column) => column.startsWith('attributes.')).map(keyOf),
      resource: columns.some((column) => column.startsWith('resource.')),
    },
  } as const;
  const starts = new Map<string, bigint>();
  for await (const spans of store.selectSpans(query)) {
    for (const span of spans) {
      const own = values.get(span.traceId) ?? columns.map(() => '');
      values.set(span.traceId, own);
      for (const [index, column] of columns.entries()) {
        const value = recordedIn(span, column);
        const place = `${span.traceId} ${index}`;
        const known = starts.get(place);
        if (value === undefined || (known !== undefined && known <= span.start)) continue;
        starts.set(place, span.start);
        own[index] = textOf(value);
      }
    }
  }
  return values;
}

function keyOf(column: string): string {
  return column.replace(/^(?:attributes|resource)\./, '');
}

function recordedIn(span: SelectedSpan, column: string): RecordedValue | undefined {
  return (column.startsWith('resource.') ? span.resourceAttributes : span.attributes).get(keyOf(column));
}

function textOf(value: RecordedValue): string {
  if (typeof value !== 'object' || value === null) return String(value ?? '');
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? one.toString() : one));
}
