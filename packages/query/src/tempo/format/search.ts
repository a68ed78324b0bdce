import { attributeReader, firstOf } from '../../traceql/evaluate/attributes.ts';
import type { FoundTrace } from '../../traceql/evaluate/search.ts';
import type { QuerySpan, Spanset } from '../../traceql/evaluate/span.ts';
import type { Attribute, Intrinsic } from '../../traceql/parse/ast.ts';
import { anyValue } from './any-value.ts';

/** What the spans of a result contain. */
export interface MetadataOptions {
  /** The attributes that the query mentions. */
  readonly attributes: readonly Attribute[];
  readonly spansPerSet: number;
  readonly withSpans: boolean;
}

/** Converts a trace to an element of the response of a search. */
export function traceMetadata({ trace, sets }: FoundTrace, options: MetadataOptions): object {
  const spanSets = options.withSpans ? sets.map((set) => spanSet(set, options)) : [];
  const [spanSetOfOlderClients] = spanSets;
  return {
    traceID: trimmedTraceId(trace.traceId),
    rootServiceName:
      trace.rootServiceName === '' && trace.rootName === '' ? '<root span not yet received>' : trace.rootServiceName,
    ...(trace.rootName !== '' && { rootTraceName: trace.rootName }),
    startTimeUnixNano: trace.start.toString(),
    durationMs: Number(trace.durationNanos / 1_000_000n),
    ...(spanSetOfOlderClients !== undefined && { spanSet: spanSetOfOlderClients, spanSets }),
    serviceStats: Object.fromEntries(
      [...trace.services].map(([service, { spans, errors }]) => [
        service,
        { spanCount: spans, ...(errors > 0 && { errorCount: errors }) },
      ]),
    ),
  };
}

/** Tempo removes the leading zeros of trace IDs. */
export function trimmedTraceId(traceId: string): string {
  return traceId.replace(/^0+/, '');
}

function spanSet({ spans, attributes }: Spanset, options: MetadataOptions): object {
  return {
    spans: spans.slice(0, options.spansPerSet).map((span) => spanOf(span, options.attributes)),
    matched: spans.length,
    ...(attributes.size > 0 && {
      attributes: [...attributes].map(([key, value]) => ({ key, value: anyValue(value) })),
    }),
  };
}

/** Intrinsics that are not repeated as attributes. */
const OWN_FIELDS: ReadonlySet<Intrinsic> = new Set([
  ...(['name', 'duration', 'traceDuration', 'rootServiceName', 'rootName', 'trace:id', 'span:id'] as const),
]);

function spanOf(query: QuerySpan, attributes: readonly Attribute[]): object {
  const { span } = query;
  const values = attributes.flatMap((attribute) => {
    if (attribute.intrinsic !== undefined && OWN_FIELDS.has(attribute.intrinsic)) return [];
    const value = firstOf(attributeReader(attribute)(query));
    return value.type === 'nil' ? [] : [{ key: attribute.name, value: anyValue(value) }];
  });
  return {
    spanID: span.spanId,
    ...(attributes.some(({ intrinsic }) => intrinsic === 'name') && { name: span.name }),
    startTimeUnixNano: span.start.toString(),
    durationNanos: span.durationNanos.toString(),
    ...(values.length > 0 && { attributes: values }),
  };
}
