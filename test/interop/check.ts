/** An item that a program reports having sent. */
export type Sent =
  | {
      readonly kind: 'span';
      readonly trace_id: string;
      readonly span_id: string;
      readonly name: string;
      readonly i: number;
    }
  | { readonly kind: 'log'; readonly body: string; readonly trace_id: string; readonly span_id: string }
  | { readonly kind: 'sum'; readonly name: string; readonly parity: string; readonly value: number }
  | {
      readonly kind: 'histogram';
      readonly name: string;
      readonly parity: string;
      readonly count: number;
      readonly sum: number;
    };

/** The compared parts of OTLP/JSON. */
interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
}
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly { readonly name: string }[];
  readonly status?: { readonly code?: number };
}
interface LogRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly severityNumber: number;
  readonly body: AnyValue;
}
interface Point {
  readonly attributes?: readonly KeyValue[];
  readonly asInt?: string | number;
  readonly asDouble?: number;
  readonly count?: string | number;
  readonly sum?: number;
}
interface Metric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}
type Level = Readonly<Record<string, unknown>>;

/** The result of a comparison: the number of compared items and all differences. */
export interface Comparison {
  readonly compared: number;
  readonly mismatches: readonly string[];
  /** What was counted besides. */
  readonly note?: string;
}

/** Compares the items that a program sent with the OTLP/JSON requests that arrived. */
export function compare(sent: readonly Sent[], service: string, requests: readonly unknown[]): Comparison {
  const mismatches = [
    ...compareSpans(
      sent.filter((item) => item.kind === 'span'),
      itemsOf<Span>(requests, service, 'resourceSpans', 'scopeSpans', 'spans'),
    ),
    ...compareLogs(
      sent.filter((item) => item.kind === 'log'),
      itemsOf<LogRecord>(requests, service, 'resourceLogs', 'scopeLogs', 'logRecords'),
    ),
    ...comparePoints(
      sent.filter((item) => item.kind === 'sum' || item.kind === 'histogram'),
      itemsOf<Metric>(requests, service, 'resourceMetrics', 'scopeMetrics', 'metrics'),
    ),
  ];
  return { compared: sent.length, mismatches };
}

/** Counts a service's spans, log records or data points. */
export function countItems(
  requests: readonly unknown[],
  service: string,
): { readonly spans: number; readonly logs: number; readonly metrics: number } {
  return {
    spans: itemsOf(requests, service, 'resourceSpans', 'scopeSpans', 'spans').length,
    logs: itemsOf(requests, service, 'resourceLogs', 'scopeLogs', 'logRecords').length,
    metrics: itemsOf(requests, service, 'resourceMetrics', 'scopeMetrics', 'metrics').length,
  };
}

function compareSpans(sent: readonly Extract<Sent, { kind: 'span' }>[], received: readonly Span[]): string[] {
  const byId = new Map(received.map((span) => [span.spanId, span]));
  const mismatches = sent.flatMap(({ trace_id, span_id, name, i }) => {
    const span = byId.get(span_id);
    if (span === undefined) return [`span ${name} (${span_id}) is missing`];
    const expected = {
      traceId: trace_id,
      name,
      kind: 2,
      i,
      ratio: i / 7,
      flag: i % 2 === 0,
      text: `grün ✓ ${i}`,
      list: ['a', String(i)],
      failed: i % 10 === 0,
      events: i % 10 === 0 ? ['checkpoint'] : [],
    };
    const attributes = Object.fromEntries((span.attributes ?? []).map(({ key, value }) => [key, plainValue(value)]));
    const { i: gotI, ratio, flag, text, list } = attributes;
    const got = {
      traceId: span.traceId,
      name: span.name,
      kind: span.kind,
      i: gotI,
      ratio,
      flag,
      text,
      list,
      failed: span.status?.code === 2,
      events: (span.events ?? []).map((event) => event.name),
    };
    return JSON.stringify(got) === JSON.stringify(expected)
      ? []
      : [`span ${name}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`];
  });
  return [...mismatches, ...countMismatch('spans', sent.length, received.length)];
}

function compareLogs(sent: readonly Extract<Sent, { kind: 'log' }>[], received: readonly LogRecord[]): string[] {
  const keyOf = (trace: string, span: string, body: unknown) => `${trace} ${span} ${body}`;
  const keys = new Map(
    received.map((record) => [keyOf(record.traceId, record.spanId, record.body.stringValue), record]),
  );
  const mismatches = sent.flatMap(({ body, trace_id, span_id }) => {
    const record = keys.get(keyOf(trace_id, span_id, body));
    if (record === undefined) return [`log "${body}" of span ${span_id} is missing`];
    return record.severityNumber === 13 ? [] : [`log "${body}": expected severity 13, got ${record.severityNumber}`];
  });
  return [...mismatches, ...countMismatch('log records', sent.length, received.length)];
}

function comparePoints(
  sent: readonly Extract<Sent, { kind: 'sum' | 'histogram' }>[],
  received: readonly Metric[],
): string[] {
  return sent.flatMap((expected) => {
    const points = received
      .filter(({ name }) => name === expected.name)
      .flatMap((metric) => metric.sum?.dataPoints ?? metric.histogram?.dataPoints ?? []);
    // Shutdown may collect metrics again. The values are cumulative, so the last one counts.
    const point = points
      .filter(({ attributes = [] }) =>
        attributes.some(({ key, value }) => key === 'parity' && value.stringValue === expected.parity),
      )
      .at(-1);
    if (point === undefined) return [`${expected.name} (${expected.parity}) is missing`];
    const got =
      expected.kind === 'sum'
        ? { value: Number(point.asInt ?? point.asDouble) }
        : { count: Number(point.count), sum: point.sum };
    const want = expected.kind === 'sum' ? { value: expected.value } : { count: expected.count, sum: expected.sum };
    return JSON.stringify(got) === JSON.stringify(want)
      ? []
      : [`${expected.name} (${expected.parity}): expected ${JSON.stringify(want)}, got ${JSON.stringify(got)}`];
  });
}

function countMismatch(what: string, sent: number, received: number): string[] {
  return sent === received ? [] : [`${sent} ${what} were sent, ${received} arrived`];
}

function itemsOf<Item>(
  requests: readonly unknown[],
  service: string,
  resourceKey: string,
  scopeKey: string,
  itemKey: string,
): Item[] {
  return requests
    .flatMap((request) => listAt(request, resourceKey))
    .filter((resource) =>
      listAt(resource['resource'], 'attributes').some(
        (attribute) => attribute['key'] === 'service.name' && (attribute['value'] as AnyValue).stringValue === service,
      ),
    )
    .flatMap((resource) => listAt(resource, scopeKey))
    .flatMap((scope) => listAt(scope, itemKey) as unknown as Item[]);
}

function listAt(value: unknown, key: string): Level[] {
  return ((value as Record<string, Level[] | undefined> | undefined)?.[key] ?? []) as Level[];
}

function plainValue(value: AnyValue): unknown {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
