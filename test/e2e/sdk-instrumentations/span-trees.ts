type Fields = Readonly<Record<string, unknown>>;

/** A span, reduced to what is the same in every run, with its children in start order. */
export interface SpanTree {
  readonly name: string;
  readonly kind: number;
  readonly hasParent: boolean;
  /** Attributes with their types, such as `intValue 200`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly unknown[];
  /** Status, flags, trace state and counts. */
  readonly rest: Fields;
  readonly resourceAndScope: Fields;
  readonly children: readonly SpanTree[];
}

interface Known {
  readonly span: Fields;
  readonly around: Fields;
}

/**
 * Returns the spans in OTLP/JSON requests as trees, without IDs, times and ports. A span with an unknown parent is a
 * root.
 */
export function spanTrees(requests: readonly unknown[]): readonly SpanTree[] {
  const spans = requests.flatMap((request) =>
    listAt(request, 'resourceSpans').flatMap(({ scopeSpans, ...resource }) =>
      (scopeSpans as readonly Fields[]).flatMap(({ spans: inner, ...scope }) =>
        (inner as readonly Fields[]).map((span) => ({ span, around: { ...resource, ...scope } })),
      ),
    ),
  );
  const ids = new Set(spans.map(({ span }) => span['spanId']));
  return treesBelow(
    spans,
    spans.filter(({ span }) => !ids.has(span['parentSpanId'])),
  );
}

/** Formats trees with one line per span: name, kind, and the response status or error. Children are indented. */
export function outline(trees: readonly SpanTree[], indent = ''): readonly string[] {
  return trees.flatMap(({ name, kind, attributes, children }) => {
    const result = attributes['error.type'] ?? attributes['http.response.status_code'] ?? '';
    const line = `${indent}${name} ${KINDS[kind]} ${result.replace(/^\w+ /, '')}`;
    return [line.trimEnd(), ...outline(children, `${indent}  `)];
  });
}

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

function treesBelow(all: readonly Known[], some: readonly Known[]): readonly SpanTree[] {
  return some
    .toSorted((a, b) => Number(startOf(a) - startOf(b)))
    .map(({ span, around }) => {
      const { traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano, ...fields } = span;
      const { name, kind, attributes, events = [], ...rest } = fields;
      return {
        name: String(name),
        kind: Number(kind),
        hasParent: parentSpanId !== undefined,
        attributes: attributesOf(attributes),
        events: (events as readonly Fields[]).map((event) => [event['name'], attributesOf(event['attributes'])]),
        rest: withoutZeros(rest),
        resourceAndScope: withoutZeros(around),
        children: treesBelow(
          all,
          all.filter((other) => other.span['parentSpanId'] === spanId && other.span['traceId'] === traceId),
        ),
      };
    });
}

function startOf({ span }: Known): bigint {
  return BigInt(span['startTimeUnixNano'] as string);
}

/** Returns attributes without stack traces and ports, which vary between runs. */
function attributesOf(attributes: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ((attributes ?? []) as readonly { key: string; value: Fields }[]).map(({ key, value }) => {
      const [[type, inner] = ['nothing', '']] = Object.entries(value);
      const text = typeof inner === 'object' ? JSON.stringify(inner) : String(inner);
      return [key, VARIES.test(key) ? type : `${type} ${withoutPorts(text)}`];
    }),
  );
}

const VARIES = /\.port$|stacktrace$/;

/** Removes zero counts and codes, which opentelemetry-js writes. */
function withoutZeros(fields: Fields): Fields {
  const text = JSON.stringify(fields, (key, value) =>
    (/^dropped.*Count$/.test(key) && value === 0) || (key === 'status' && value.code === 0) ? undefined : value,
  );
  return JSON.parse(withoutPorts(text));
}

function withoutPorts(text: string): string {
  return text.replace(/(127\.0\.0\.1|localhost):\d+/g, '$1:PORT');
}

function listAt(value: unknown, key: string): readonly Fields[] {
  return ((value as Fields)[key] ?? []) as readonly Fields[];
}
