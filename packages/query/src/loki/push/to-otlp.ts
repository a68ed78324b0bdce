import { requestFromJson } from '@otelier/otlp';
import { INDEX_LABELS, SERVICE_LABEL, STREAM_LABELS_HINT } from '../model/names.ts';
import { PushError, type PushedEntry, type PushedStream } from './stream.ts';

/** How the labels of streams become OTLP: attributes of the resource, or of each record as in the Collector. */
export type LabelTarget = 'resource' | 'record';

/** A push request as an OTLP request. */
export interface ConvertedPush {
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

/** Options for `convertPush`. */
export interface ConvertOptions {
  readonly labels: LabelTarget;
  readonly nowMillis: number;
  /** Whether records keep the time of their entry. Without it, they have the time of receipt. */
  readonly keepTimestamps: boolean;
}

/** The labels that can name the service of a stream, in order of preference, as in Loki. */
const SERVICE_LABELS: readonly string[] = [
  ...[SERVICE_LABEL, 'service', 'app', 'application', 'app_name', 'name', 'app_kubernetes_io_name', 'container'],
  ...['container_name', 'k8s_container_name', 'component', 'workload', 'job', 'k8s_job_name'],
];
const MAX_NANOS = 2n ** 63n - 1n;

/** Converts a push request to OTLP. Throws a `PushError`. */
export function convertPush(streams: readonly PushedStream[], options: ConvertOptions): ConvertedPush {
  const resourceLogs = streams.map(({ labels, entries }) => {
    if (labels.size === 0) throw new PushError('error at least one label pair is required per stream');
    const isResource = options.labels === 'resource';
    const own = isResource ? [] : [...labels];
    return {
      resource: { attributes: isResource ? resourceAttributes(labels) : [] },
      scopeLogs: [{ logRecords: entries.map((entry) => recordOf(entry, own, options)) }],
    };
  });
  const converted = requestFromJson('logs', JSON.stringify({ resourceLogs }));
  if (!converted.ok) throw new PushError(converted.reason);
  return { bytes: converted.bytes, itemCount: converted.itemCount };
}

/** Labels that Loki derives from OTLP become the attributes that they came from; a hint names the others. */
function resourceAttributes(labels: ReadonlyMap<string, string>): readonly object[] {
  const service = SERVICE_LABELS.map((name) => labels.get(name)).find((value) => value !== undefined);
  const attributes = [...labels].flatMap(([name, value]): [string, string][] =>
    name === SERVICE_LABEL ? [] : [[INDEX_LABELS.get(name) ?? name, value]],
  );
  const hinted = [...labels.keys()].filter((name) => !INDEX_LABELS.has(name) && !name.includes(','));
  return attributesOf([
    ...(service === undefined ? [] : [['service.name', service] as const]),
    ...attributes,
    ...(hinted.length === 0 ? [] : [[STREAM_LABELS_HINT, hinted.join(',')] as const]),
  ]);
}

function recordOf(
  { time, line, metadata }: PushedEntry,
  labels: readonly (readonly [string, string])[],
  { labels: target, nowMillis, keepTimestamps }: ConvertOptions,
): object {
  if (time < 0n || time > MAX_NANOS) throw new PushError(`expected a time after 1970, got ${time}`);
  const now = `${Math.trunc(nowMillis)}000000`;
  return {
    timeUnixNano: keepTimestamps && time > 0n ? `${time}` : now,
    ...(target === 'record' && { observedTimeUnixNano: now }),
    body: { stringValue: line.toWellFormed() },
    ...idsOf(metadata),
    attributes: attributesOf([...labels, ...metadata.filter((pair) => target === 'record' || !isId(pair))]),
  };
}

/** The IDs of a trace and span among structured metadata, which link a record to its trace. */
function idsOf(metadata: PushedEntry['metadata']): object {
  return Object.fromEntries(
    metadata.filter(isId).map(([name, value]) => [name === 'trace_id' ? 'traceId' : 'spanId', value]),
  );
}

function isId([name, value]: readonly [string, string]): boolean {
  if (name === 'trace_id') return /^[\da-f]{32}$/.test(value) && !/^0+$/.test(value);
  return name === 'span_id' && /^[\da-f]{16}$/.test(value) && !/^0+$/.test(value);
}

function attributesOf(entries: readonly (readonly [string, string])[]): readonly object[] {
  const unique = new Map(entries);
  return [...unique].map(([key, value]) => ({
    key: key.toWellFormed(),
    value: { stringValue: value.toWellFormed() },
  }));
}
