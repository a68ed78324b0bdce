import {
  DATA_POINT_FIELDS,
  encodeHex,
  findField,
  type ItemCursor,
  MetricView,
  metricKindOf,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  SCOPE_FIELDS,
  ScopeView,
  SIGNALS,
  type Signal,
} from '@otelier/otlp';
import { readIsMonotonic, readMetricName, readTemporality } from '../../metrics/metric-data.ts';
import { readMap } from '../../ottl/values/codec.ts';
import { createAttributeIdentifier } from './attribute-identifier.ts';
import type { IdentifierOf } from './identifier-of.ts';
import { fnv1a, hashAttributes } from './identity.ts';
import { perMetric, perResource } from './per-group.ts';

/** What telemetry is routed by. */
export type RoutingKey = 'traceID' | 'service' | 'metric' | 'resource' | 'streamID' | 'attributes';

/** The routing keys of each signal, the default first, as in the Collector. */
export const ROUTING_KEYS: Partial<Readonly<Record<Signal, readonly RoutingKey[]>>> = {
  traces: ['traceID', 'service', 'attributes'],
  metrics: ['service', 'resource', 'metric', 'streamID', 'attributes'],
  logs: ['service', 'traceID', 'resource', 'attributes'],
};

/** Options for `createIdentifier`. */
export interface IdentifierOptions {
  readonly signal: Signal;
  readonly key: RoutingKey;
  /** The attributes of the key `attributes`. */
  readonly attributes: readonly string[];
  readonly random: () => number;
}

/** Returns the function that identifies the items of a signal. */
export function createIdentifier(options: IdentifierOptions): IdentifierOf {
  const { signal, key, attributes } = options;
  const isSpans = signal === 'traces';
  switch (key) {
    case 'traceID':
      return isSpans ? spanTraceId : createRecordTraceId(signal, options.random);
    case 'service':
      return isSpans ? createAttributeIdentifier(signal, [SERVICE_NAME]) : perResource(serviceName);
    case 'resource':
      return perResource((item) => `resource/${fnv1a(resourceHash(item)).toString(16)}`);
    case 'metric':
      return readMetricName;
    case 'streamID':
      return createStreamId();
    case 'attributes':
      return createAttributeIdentifier(signal, attributes);
  }
}

const SERVICE_NAME = 'service.name';
const NO_TRACE_ID = new Uint8Array(16);
const SPAN_TRACE_ID = 1;

function spanTraceId({ bytes, start, end }: ItemCursor): Uint8Array {
  const id = fieldBytes(bytes, start, end, SPAN_TRACE_ID);
  return id.length === 0 ? NO_TRACE_ID : id;
}

function fieldBytes(bytes: Uint8Array, start: number, end: number, field: number): Uint8Array {
  const value = findField(bytes, start, end, field);
  return value < 0 ? NO_BYTES : bytes.subarray(payloadStart(bytes, value), payloadEnd(bytes, value));
}

const NO_BYTES = new Uint8Array();

/** Records without a trace are spread over the endpoints. */
function createRecordTraceId(signal: Signal, random: () => number): IdentifierOf {
  const field = SIGNALS[signal].traceIdField;
  return ({ bytes, start, end }) => {
    const id = field === undefined ? NO_BYTES : fieldBytes(bytes, start, end, field);
    return id.some((byte) => byte !== 0) ? encodeHex(id) : String(random());
  };
}

function serviceName({ bytes, resourceStart, resourceEnd }: ItemCursor): string {
  const name = readMap(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes).get(SERVICE_NAME);
  return typeof name === 'string' ? name : '';
}

function resourceHash({ bytes, resourceStart, resourceEnd }: ItemCursor): Uint8Array {
  return hashAttributes(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
}

const METRIC_TYPES = { gauge: 1, sum: 2, histogram: 3, exponentialHistogram: 4, summary: 5 } as const;

/** A stream is a metric of a scope and a resource with the attributes of a point. */
function createStreamId(): IdentifierOf {
  const metric = new MetricView();
  const scope = new ScopeView();
  const metricHash = perMetric((item: ItemCursor): bigint => {
    const { bytes, scopeStart, scopeEnd, metricStart, metricEnd } = item;
    const kind = metricKindOf(item.dataField) ?? 'gauge';
    const { name, unit } = metric.reset(bytes, metricStart, metricEnd);
    scope.reset(bytes, scopeStart, scopeEnd);
    const isMonotonic = readIsMonotonic(item) || kind === 'histogram' || kind === 'exponentialHistogram';
    const parts = [
      resourceHash(item),
      Buffer.from(scope.name),
      Buffer.from(scope.version),
      hashAttributes(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.attributes),
      Buffer.from(name),
      Buffer.from(unit),
      Uint8Array.of(METRIC_TYPES[kind], isMonotonic ? 1 : 0, readTemporality(item)),
    ];
    return fnv1a(Buffer.concat(parts));
  });
  return (item) => {
    const { attributes } = DATA_POINT_FIELDS[metricKindOf(item.dataField) ?? 'gauge'];
    const hash = fnv1a(hashAttributes(item.bytes, item.start, item.end, attributes), metricHash(item));
    return `stream/${hash.toString(16)}`;
  };
}
