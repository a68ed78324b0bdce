import type { Mapping } from './mapping.ts';
import type { ParquetRow } from './parquet-rows.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** An item in OTLP/JSON, with its resource and scope. */
export interface MappedItem {
  readonly item: { readonly [key: string]: Json };
  readonly resource: { readonly attributes: Json };
  readonly scope: { readonly [key: string]: Json };
}

/** Converts a row to an item. Throws an `Error` that names the field and the value that does not fit. */
export function itemOf(row: ParquetRow, { signal, fields }: Mapping): MappedItem {
  const values = new Map<string, unknown>();
  const attributes = new Map<string, unknown>();
  const resource = new Map<string, unknown>();
  for (const [column, path] of fields) {
    const value = row[column];
    if (value === undefined || value === null) continue;
    if (path === 'attributes') addAll(attributes, value, column);
    else if (path === 'resource.attributes') addAll(resource, value, column);
    else if (path.startsWith('attributes.')) attributes.set(path.slice('attributes.'.length), value);
    else if (path.startsWith('resource.attributes.')) {
      const key = path.slice('resource.attributes.'.length);
      if (value !== '') resource.set(key, value);
    } else values.set(path, value);
  }
  const item = signal === 'traces' ? spanOf(values) : logOf(values);
  return {
    item: { ...item, attributes: keyValues(attributes) },
    resource: { attributes: keyValues(resource) },
    scope: {
      ...optional('name', textOf(values.get('scope.name'))),
      ...optional('version', textOf(values.get('scope.version'))),
    },
  };
}

function spanOf(values: ReadonlyMap<string, unknown>): { readonly [key: string]: Json } {
  const start = required(values, 'start_time', nanosOf);
  const duration = values.get('duration');
  const end = values.has('end_time')
    ? nanosOf('end_time', values.get('end_time'))
    : start + BigInt(Math.round(Number(duration ?? 0)));
  const code = values.get('status.code');
  const message = textOf(values.get('status.message'));
  return {
    traceId: required(values, 'trace_id', (name, value) => idOf(name, value, 16)),
    spanId: required(values, 'span_id', (name, value) => idOf(name, value, 8)),
    ...optional('parentSpanId', idOf('parent_span_id', values.get('parent_span_id') ?? '', 8)),
    ...optional('traceState', textOf(values.get('trace_state'))),
    name: textOf(values.get('name')) ?? '',
    kind: enumOf('kind', values.get('kind'), KINDS),
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(end),
    status: { code: enumOf('status.code', code, CODES), ...optional('message', message) },
  };
}

function logOf(values: ReadonlyMap<string, unknown>): { readonly [key: string]: Json } {
  const observed = values.get('observed_time');
  const severity = values.get('severity_number');
  return {
    timeUnixNano: String(required(values, 'time', nanosOf)),
    ...optional(
      'observedTimeUnixNano',
      observed === undefined ? undefined : String(nanosOf('observed_time', observed)),
    ),
    ...optional('severityNumber', severity === undefined ? undefined : Number(severity)),
    ...optional('severityText', textOf(values.get('severity_text'))),
    ...(values.has('body') && { body: anyValue(values.get('body')) }),
    ...optional('traceId', idOf('trace_id', values.get('trace_id') ?? '', 16)),
    ...optional('spanId', idOf('span_id', values.get('span_id') ?? '', 8)),
    ...optional('eventName', textOf(values.get('event_name'))),
  };
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const CODES = ['UNSET', 'OK', 'ERROR'];

/** Returns the number of `SERVER`, `Server`, `SPAN_KIND_SERVER` or 2. */
function enumOf(name: string, value: unknown, names: readonly string[]): number {
  if (value === undefined || value === '') return 0;
  const number = /^\d+$/.test(String(value))
    ? Number(value)
    : names.indexOf(
        String(value)
          .toUpperCase()
          .replace(/^(SPAN_KIND|STATUS_CODE)_/, ''),
      );
  if (number >= 0 && number < names.length) return number;
  throw new Error(`${name}: expected one of ${names.join(', ')}, got ${shown(value)}`);
}

function required<T>(values: ReadonlyMap<string, unknown>, name: string, read: (name: string, value: unknown) => T): T {
  const value = values.get(name);
  if (value === undefined || value === '') throw new Error(`${name}: expected a value, got none`);
  return read(name, value);
}

/** Reads an ID in hexadecimal digits or bytes. Returns `undefined` for an empty one. */
function idOf(name: string, value: unknown, bytes: number): string {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value).toLowerCase();
  if (text === '' || (/^0*$/.test(text) && text.length === bytes * 2)) return '';
  if (new RegExp(`^[0-9a-f]{${bytes * 2}}$`).test(text)) return text;
  throw new Error(`${name}: expected ${bytes * 2} hexadecimal digits, got ${shown(value)}`);
}

/** Nanoseconds of a time: integers are seconds, milli-, micro- or nanoseconds, by their size. */
function nanosOf(name: string, value: unknown): bigint {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    const number = BigInt(value as bigint | number);
    if (number < 0n) throw new Error(`${name}: expected a time after 1970, got ${shown(value)}`);
    if (number < 100_000_000_000n) return number * 1_000_000_000n;
    if (number < 100_000_000_000_000n) return number * 1_000_000n;
    return number < 100_000_000_000_000_000n ? number * 1000n : number;
  }
  const match = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/.exec(String(value));
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]?.replace(' ', 'T')}${match[3] ?? 'Z'}`);
  if (Number.isNaN(millis)) throw new Error(`${name}: expected a time, got ${shown(value)}`);
  return BigInt(millis) * 1_000_000n + BigInt((match?.[2] ?? '').padEnd(9, '0'));
}

function addAll(target: Map<string, unknown>, value: unknown, column: string): void {
  let object = value;
  if (typeof value === 'string') {
    try {
      object = value === '' ? {} : JSON.parse(value);
    } catch {
      throw new Error(`${column}: expected a JSON object, got ${shown(value)}`);
    }
  }
  const isObject = typeof object === 'object' && object !== null && !Array.isArray(object);
  if (!isObject) throw new Error(`${column}: expected a map or a JSON object, got ${shown(value)}`);
  for (const [key, one] of object instanceof Map ? object : Object.entries(object as object)) {
    if (one !== null && one !== undefined) target.set(String(key), one);
  }
}

function keyValues(values: ReadonlyMap<string, unknown>): Json {
  return [...values].map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): Json {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return { intValue: String(value) };
    return { doubleValue: Number.isFinite(value) ? value : String(value) };
  }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (value instanceof Map) return { kvlistValue: { values: keyValues(value) } };
  if (typeof value === 'object' && value !== null) {
    return { kvlistValue: { values: keyValues(new Map(Object.entries(value))) } };
  }
  return {};
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

function optional(key: string, value: Json | undefined): { readonly [key: string]: Json } {
  return value === undefined || value === '' ? {} : { [key]: value };
}

function shown(value: unknown): string {
  return (typeof value === 'string' ? JSON.stringify(value) : String(value)).slice(0, 60);
}
