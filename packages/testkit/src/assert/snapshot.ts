import { type AttributeValue, type RecordedSpan, serviceOf, type Telemetry } from './telemetry.ts';

/** Options for a snapshot. */
export interface SnapshotOptions {
  /** Attributes to leave out, beside those that differ between runs. */
  readonly ignore?: readonly string[];
  /** Order of the children of a span. `name` is stable for children that run at the same time. Default `start`. */
  readonly order?: 'start' | 'name';
}

/** Plain data that is the same in each run, for the snapshots of a test runner. */
export interface TelemetrySnapshot {
  readonly traces: readonly SnapshotValue[];
  readonly logs: readonly SnapshotValue[];
  readonly metrics: readonly SnapshotValue[];
}

export type SnapshotValue = AttributeValue;

/**
 * Attributes of the process, the machine or the connection. Their values are replaced by their keys, so that a missing
 * attribute is noticed.
 */
const VARIABLE =
  /^(process\.|host\.|os\.|thread\.|container\.|service\.instance\.id$|(client|server|network\.(peer|local))\.port$|user_agent\.original$)|\.duration$/;

/**
 * Returns telemetry without what differs between runs: times, durations, IDs, ports of the loopback interface, and
 * attributes of the process and the machine. Values of metrics are included only for sums and counts of measurements.
 */
export function snapshotOf(
  telemetry: Telemetry,
  { ignore = [], order = 'start' }: SnapshotOptions = {},
): TelemetrySnapshot {
  const names = idNames(telemetry);
  const normalize = (value: AttributeValue) => normalized(value, names, new Set(ignore));
  const ofSpan = (span: RecordedSpan): SnapshotValue => {
    const children = order === 'start' ? span.children : span.children.toSorted(byName);
    return compact({
      name: normalize(span.name),
      kind: span.kind,
      status: span.status === 'unset' ? undefined : span.status,
      statusMessage: normalize(span.statusMessage || undefined),
      service: serviceOf(span),
      attributes: normalize(span.attributes),
      events: span.events.map(({ name, attributes }) => compact({ name, attributes: normalize(attributes) })),
      links: span.links.map(({ spanId, attributes }) =>
        compact({ span: names.get(spanId) ?? '<span>', attributes: normalize(attributes) }),
      ),
      children: children.map(ofSpan),
    });
  };
  return {
    traces: telemetry.traces.map(({ roots }) => roots.map(ofSpan)),
    logs: telemetry.logs.map((log) =>
      compact({
        severity: log.severityText || log.severityNumber,
        eventName: log.eventName || undefined,
        body: normalize(log.body),
        span: log.spanId === undefined ? undefined : (names.get(log.spanId) ?? '<span>'),
        service: serviceOf(log),
        attributes: normalize(log.attributes),
      }),
    ),
    metrics: telemetry.metrics.toSorted(byName).map(({ name, unit, kind, points }) =>
      compact({
        name,
        unit: unit || undefined,
        kind,
        points: points
          .map(({ attributes, value, count }) =>
            compact({ attributes: normalize(attributes), value: kind === 'sum' ? value : undefined, count }),
          )
          .toSorted(byText),
      }),
    ),
  };
}

/** Names spans and traces by their position. */
function idNames({ traces }: Telemetry): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [i, { traceId, spans }] of traces.entries()) {
    names.set(traceId, `<trace ${i + 1}>`);
    for (const [j, { spanId, name }] of spans.entries()) names.set(spanId, `<span ${i + 1}.${j + 1} ${name}>`);
  }
  return names;
}

function normalized(
  value: AttributeValue,
  names: ReadonlyMap<string, string>,
  ignored: ReadonlySet<string>,
): AttributeValue {
  if (typeof value === 'string') return normalizedText(value, names);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((each) => normalized(each, names, ignored));
  const entries = Object.entries(value).filter(([key]) => !ignored.has(key));
  return Object.fromEntries(
    entries
      .toSorted(byKey)
      .map(([key, each]) => [
        key,
        VARIABLE.test(key) ? `<${key}>` : ofAttribute(key, normalized(each, names, ignored)),
      ]),
  );
}

/** A stack differs with every change of a line. */
function ofAttribute(key: string, value: AttributeValue): AttributeValue {
  return key === 'exception.stacktrace' ? String(value).split('\n', 1)[0] : value;
}

function normalizedText(text: string, names: ReadonlyMap<string, string>): string {
  return text
    .replace(/\b(?:[0-9a-f]{32}|[0-9a-f]{16})\b/g, (id) => names.get(id) ?? id)
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<uuid>')
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, '<time>')
    .replace(/(127\.0\.0\.1|localhost|\[::1\]):\d+/g, '$1:<port>');
}

/** Leaves out fields without content. */
function compact(fields: Readonly<Record<string, AttributeValue>>): SnapshotValue {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== undefined && !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  );
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function byText(a: SnapshotValue, b: SnapshotValue): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
