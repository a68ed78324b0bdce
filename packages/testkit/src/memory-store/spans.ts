import type {
  RecordedAttributes,
  RecordedValue,
  SelectedSpan,
  SelectSpansQuery,
  SpanParts,
  SpanRow,
} from '@otelier/store';
import type { AnyValueJson, KeyValueJson, SpanJson, TracesJson } from '../otlp-json.ts';
import { compileFilter } from './item-filter.ts';
import { attributesOf, SPAN_KINDS, STATUS_CODES, spanRows } from './rows.ts';

/** A span in the forms of the two kinds of queries. */
export interface StoredSpan {
  readonly row: SpanRow;
  readonly span: SelectedSpan;
}

/** Yields the spans of a request. */
export function* storedSpans(request: TracesJson): Generator<StoredSpan> {
  const spans = recordedSpans(request);
  for (const [index, row] of [...spanRows(request)].entries()) {
    const span = spans[index];
    if (span !== undefined) yield { row, span };
  }
}

/** Returns the spans that a query selects. */
export function* selectSpans(
  stored: readonly StoredSpan[],
  { start, end, filter, traceIds, parts, order }: SelectSpansQuery,
): Generator<readonly SelectedSpan[]> {
  const test = filter === undefined ? () => true : compileFilter(filter);
  const found = stored
    .filter(({ row, span }) => {
      const inScope =
        traceIds === undefined ? span.start >= start && span.start < end : traceIds.includes(span.traceId);
      return inScope && test(row);
    })
    .map(({ span }) => partsOf(span, parts));
  if (order === 'newest') found.sort((a, b) => (a.start > b.start ? -1 : 1));
  if (found.length > 0) yield found;
}

const NONE: RecordedAttributes = new Map();

function partsOf(span: SelectedSpan, { attributes, resource, scope, events, links }: SpanParts): SelectedSpan {
  return {
    ...span,
    attributes:
      attributes === 'all'
        ? span.attributes
        : new Map([...span.attributes].filter(([key]) => attributes?.includes(key) === true)),
    resourceAttributes: resource === true ? span.resourceAttributes : NONE,
    scopeAttributes: scope === true ? span.scopeAttributes : NONE,
    events: events === true ? span.events : [],
    links: links === true ? span.links : [],
  };
}

function recordedSpans({ resourceSpans = [] }: TracesJson): SelectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => ({
        ...ownFields(span),
        service: serviceOf(resource?.attributes),
        scopeName: scope?.name ?? '',
        scopeVersion: scope?.version ?? '',
        resourceAttributes: recorded(resource?.attributes),
        scopeAttributes: recorded(scope?.attributes),
      })),
    ),
  );
}

function serviceOf(attributes: readonly KeyValueJson[] | undefined): string {
  const service = attributesOf(attributes)['service.name'];
  return typeof service === 'string' ? service : '';
}

function ownFields(span: SpanJson) {
  const start = BigInt(span.startTimeUnixNano ?? 0);
  return {
    traceId: span.traceId ?? '',
    spanId: span.spanId ?? '',
    parentSpanId: span.parentSpanId ?? '',
    traceState: span.traceState ?? '',
    name: span.name ?? '',
    kind: SPAN_KINDS[span.kind ?? 0] ?? String(span.kind),
    start,
    durationNanos: BigInt(span.endTimeUnixNano ?? start) - start,
    statusCode: STATUS_CODES[span.status?.code ?? 0] ?? String(span.status?.code),
    statusMessage: span.status?.message ?? '',
    attributes: recorded(span.attributes),
    events: (span.events ?? []).map((event) => ({
      time: BigInt(event.timeUnixNano ?? 0),
      name: event.name ?? '',
      attributes: recorded(event.attributes),
    })),
    links: (span.links ?? []).map((link) => ({
      traceId: link.traceId ?? '',
      spanId: link.spanId ?? '',
      attributes: recorded(link.attributes),
    })),
  };
}

/** Returns attributes with their recorded types; the first value of a repeated key wins. */
function recorded(list: readonly KeyValueJson[] = []): RecordedAttributes {
  const found = new Map<string, RecordedValue>();
  for (const { key = '', value } of list) if (!found.has(key)) found.set(key, recordedValue(value));
  return found;
}

function recordedValue(value: AnyValueJson | undefined): RecordedValue {
  if (value?.stringValue !== undefined) return value.stringValue;
  if (value?.boolValue !== undefined) return value.boolValue;
  if (value?.intValue !== undefined) return BigInt(value.intValue);
  if (value?.doubleValue !== undefined) return value.doubleValue;
  if (value?.bytesValue !== undefined) return { bytes: value.bytesValue };
  if (value?.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(recordedValue);
  if (value?.kvlistValue !== undefined) return Object.fromEntries(recorded(value.kvlistValue.values));
  return null;
}

/** Returns the spans of one trace of a request, or `undefined` if there are none. */
export function traceOf({ resourceSpans = [] }: TracesJson, traceId: string): TracesJson | undefined {
  const kept = resourceSpans.flatMap((resource) => {
    const scopeSpans = (resource.scopeSpans ?? [])
      .map((scope) => ({ ...scope, spans: (scope.spans ?? []).filter((span) => span.traceId === traceId) }))
      .filter(({ spans }) => spans.length > 0);
    return scopeSpans.length === 0 ? [] : [{ ...resource, scopeSpans }];
  });
  return kept.length === 0 ? undefined : { resourceSpans: kept };
}
