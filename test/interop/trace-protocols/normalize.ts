/** A request in OTLP/JSON. */
interface TracesJson {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly Attribute[] };
    readonly scopeSpans?: readonly {
      readonly scope?: { readonly name?: string; readonly version?: string };
      readonly spans?: readonly SpanJson[];
    }[];
  }[];
}

interface Attribute {
  readonly key: string;
  readonly value?: object;
}

interface SpanJson {
  readonly attributes?: readonly Attribute[];
  readonly events?: readonly { readonly attributes?: readonly Attribute[] }[];
  readonly links?: readonly { readonly attributes?: readonly Attribute[] }[];
}

/** The attribute of spans that got the time of their receipt. */
const ABSENT = 'otel.zipkin.absentField.startTime';
/** Times before this one were not made at receipt. */
const RECENT = 1_760_000_000_000_000_000n;

/**
 * Returns the spans of a request in OTLP/JSON as texts that are equal if the spans are: each with its resource and scope,
 * and with attributes in order. Times of receipt are left out.
 */
export function spanTexts(request: object | undefined): string[] {
  const { resourceSpans = [] } = (request ?? {}) as TracesJson;
  const texts = resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) =>
        stableText({
          resource: sorted(resource?.attributes),
          scope: [scope?.name ?? '', scope?.version ?? ''],
          span: {
            ...withoutReceipt(span),
            attributes: sorted(span.attributes),
            events: (span.events ?? []).map((event) => ({ ...event, attributes: sorted(event.attributes) })),
            links: (span.links ?? []).map((link) => ({ ...link, attributes: sorted(link.attributes) })),
          },
        }),
      ),
    ),
  );
  return texts.sort();
}

function sorted(attributes: readonly Attribute[] = []): string[] {
  return attributes.map((attribute) => stableText(attribute)).sort();
}

function withoutReceipt(span: SpanJson): SpanJson {
  const { startTimeUnixNano = '0' } = span as { startTimeUnixNano?: string };
  const isAbsent = (span.attributes ?? []).some(({ key }) => key === ABSENT);
  if (!isAbsent || BigInt(startTimeUnixNano) < RECENT) return span;
  return { ...span, ...{ startTimeUnixNano: undefined, endTimeUnixNano: undefined } };
}

/** Encodes a value with sorted keys, and without what is the default in protobuf. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (DEFAULTS.has(inner) && !KEPT.test(key)) return undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).filter(([name, one]) => KEPT.test(name) || !isEmpty(one));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const DEFAULTS: ReadonlySet<unknown> = new Set(['', 0, '0']);
/** Fields of a `oneof`, and elements of lists, count even with their default. */
const KEPT = /^(?:\w+Value|value|\d*)$/;

function isEmpty(value: unknown): boolean {
  if (DEFAULTS.has(value)) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
