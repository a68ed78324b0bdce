import { Entry } from '../../operators/entry/entry.ts';
import { isList, isMap, type Value, type ValueMap } from '../../ottl/values/value.ts';
import { METADATA, type MetadataAttributes, TOKEN_ATTRIBUTE } from '../../splunk/metadata.ts';
import { parseDocument } from '../json_documents/parse-document.ts';
import { splitObjects } from '../json_documents/split-values.ts';
import { parseNumberText } from '../prometheus/parse/number.ts';
import type { HecError } from './response.ts';

/** What events do not say themselves. */
export interface EventDefaults {
  /** The token that becomes a resource attribute. */
  readonly token: string | undefined;
  readonly observedNanos: bigint;
}

/** Options for `parseEvents`. */
export interface EventOptions extends EventDefaults {
  readonly attributes: MetadataAttributes;
}

/** The points of a metric event. */
export interface MetricEvent {
  readonly resource: ValueMap;
  /** 0 if the event has no time. */
  readonly timeUnixNano: bigint;
  readonly dimensions: readonly (readonly [string, string])[];
  readonly values: readonly (readonly [name: string, value: number])[];
}

/** The events of a request up to the first invalid one. */
export interface ParsedEvents {
  readonly logs: readonly Entry[];
  readonly metrics: readonly MetricEvent[];
  readonly error: HecError | undefined;
}

/** Parses the events of a request: JSON objects that follow each other. */
export function parseEvents(text: string, options: EventOptions): ParsedEvents {
  const logs: Entry[] = [];
  const metrics: MetricEvent[] = [];
  let event = 0;
  for (const json of splitObjects(text)) {
    const result = parseEvent(json, options);
    if (typeof result === 'string') return { logs, metrics, error: { kind: result, event } };
    if (result instanceof Entry) logs.push(result);
    else metrics.push(result);
    event += 1;
  }
  return { logs, metrics, error: undefined };
}

type EventError = 'format' | 'required' | 'blank' | 'fields';

function parseEvent(json: string, options: EventOptions): Entry | MetricEvent | EventError {
  const document = parseDocument(json);
  if (typeof document === 'string') return 'format';
  const event = document.get('event');
  if (event === undefined) return 'required';
  if (event === '') return 'blank';
  const fields = document.get('fields') ?? new Map();
  if (!isMap(fields)) return 'format';
  const timeUnixNano = parseTime(document.get('time'));
  if (timeUnixNano === undefined) return 'format';
  for (const value of fields.values()) if (!isFlat(value)) return 'fields';
  const resource = resourceOf(document, options);
  if (resource === undefined) return 'format';
  const values = metricValues(fields);
  if (event === 'metric' || values.length > 0)
    return { resource, timeUnixNano, dimensions: dimensionsOf(fields), values: numbersOf(values) };
  const entry = new Entry(event, options.observedNanos);
  entry.resource = resource;
  if (timeUnixNano !== 0n) entry.timeNanos = timeUnixNano;
  if (fields.size > 0) entry.attributes = new Map([...fields].sort(([a], [b]) => (a < b ? -1 : 1)));
  return entry;
}

function resourceOf(document: ValueMap, { attributes, token }: EventOptions): ValueMap | undefined {
  const resource: ValueMap = new Map();
  for (const name of METADATA) {
    const value = document.get(name) ?? '';
    if (typeof value !== 'string') return undefined;
    if (value !== '') resource.set(attributes[name], value);
  }
  if (token !== undefined) resource.set(TOKEN_ATTRIBUTE, token);
  return resource;
}

/** As in Splunk, an indexed field is a scalar or a list of scalars. */
function isFlat(value: Value): boolean {
  if (isMap(value)) return false;
  return !isList(value) || !value.some((element) => isMap(element) || isList(element));
}

const DECIMAL = /^(\d{1,20})(?:\.(\d{1,12})\d*)?$/;
/** From this value on, a time is in the unit, given in nanoseconds. */
const UNITS: readonly (readonly [from: bigint, nanos: bigint])[] = [
  [10_000_000_000_000_000n, 1n],
  [10_000_000_000_000n, 1000n],
  [10_000_000_000n, 1_000_000n],
  [0n, 1_000_000_000n],
];
const PICO = 1_000_000_000_000n;
const MAX_TIME = 2n ** 63n - 1n;

/**
 * Parses a time in seconds, milliseconds, microseconds or nanoseconds, which its size tells apart as in the Collector.
 * Returns nanoseconds, 0 if there is none, or `undefined` if it is invalid.
 */
function parseTime(value: Value): bigint | undefined {
  if (value === undefined || value === '') return 0n;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const match = DECIMAL.exec(decimalText(value));
  if (match === null) return undefined;
  const [, whole = '0', fraction = ''] = match;
  const picos = BigInt(whole) * PICO + BigInt(fraction.padEnd(12, '0'));
  const [, nanos] = UNITS.find(([from]) => BigInt(whole) >= from) ?? [0n, 1n];
  const time = (picos * nanos) / PICO;
  return time > MAX_TIME ? undefined : time;
}

/** Writes a number without an exponent. */
function decimalText(value: string | number | bigint): string {
  const text = String(value).trim();
  if (!/e/i.test(text)) return text;
  const number = parseNumberText(text);
  return number === undefined || number < 0 || number >= 1e20 ? text : number.toFixed(9);
}

const METRIC_FIELD = /^metric_name:([A-Za-z.:][A-Za-z0-9_.:]*)$/;

/** Returns the metrics of fields: `metric_name` with `_value`, or the names after `metric_name:`. */
function metricValues(fields: ValueMap): (readonly [string, Value])[] {
  const name = fields.get('metric_name');
  if (typeof name === 'string') return [[name, fields.get('_value')]];
  return [...fields].flatMap(([key, value]) => {
    const metric = METRIC_FIELD.exec(key)?.[1];
    return metric === undefined || metric.includes('metric_name') ? [] : [[metric, value] as const];
  });
}

/** Values that are no numbers are left out, as in the Collector. */
function numbersOf(values: readonly (readonly [string, Value])[]): (readonly [string, number])[] {
  return values.flatMap(([name, value]) => {
    const number = typeof value === 'string' ? parseNumberText(value) : value;
    return typeof number === 'number' || typeof number === 'bigint' ? [[name, Number(number)] as const] : [];
  });
}

function dimensionsOf(fields: ValueMap): (readonly [string, string])[] {
  return [...fields].flatMap(([key, value]) => {
    if (key === '' || key === '_value' || key.startsWith('metric_name') || value === undefined) return [];
    return [[key, isList(value) ? `[${value.map(String).join(' ')}]` : String(value)] as const];
  });
}
