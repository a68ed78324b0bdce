import { isList, isMap, type Value, type ValueMap } from '../../ottl/values/value.ts';
import { MalformedSpansError, quoted } from '../../spans/malformed-spans.ts';
import type { DatadogChunk, DatadogEvent, DatadogLink, DatadogSpan } from './span.ts';

/** Reads chunks from decoded MessagePack or JSON: a list of lists of spans. Throws a `MalformedSpansError`. */
export function chunksOf(value: Value): readonly DatadogChunk[] {
  return listOf(value, 'traces').map((spans, index) => ({
    tags: new Map(),
    spans: listOf(spans, `[${index}]`).map((span, i) => spanOf(span, `[${index}][${i}]`)),
  }));
}

/** Reads a span from decoded MessagePack or JSON. Throws a `MalformedSpansError`. */
export function spanOf(value: Value, where: string): DatadogSpan {
  const span = mapOf(value, where);
  const at = (key: string): [Value, string] => [span.get(key), `${where}.${key}`];
  return {
    service: textOf(...at('service')),
    name: textOf(...at('name')),
    resource: textOf(...at('resource')),
    type: textOf(...at('type')),
    traceId: idOf(...at('trace_id')),
    spanId: idOf(...at('span_id')),
    parentId: idOf(...at('parent_id')),
    start: integerOf(...at('start')),
    duration: integerOf(...at('duration')),
    error: integerOf(...at('error')),
    meta: textsOf(...at('meta')),
    metrics: numbersOf(...at('metrics')),
    structs: bytesOf(...at('meta_struct')),
    links: listOf(...at('span_links')).map((link, i) => linkOf(link, `${where}.span_links[${i}]`)),
    events: listOf(...at('span_events')).map((event, i) => eventOf(event, `${where}.span_events[${i}]`)),
  };
}

function linkOf(value: Value, where: string): DatadogLink {
  const link = mapOf(value, where);
  return {
    traceId: idOf(link.get('trace_id'), `${where}.trace_id`),
    traceIdHigh: idOf(link.get('trace_id_high'), `${where}.trace_id_high`),
    spanId: idOf(link.get('span_id'), `${where}.span_id`),
    traceState: textOf(link.get('tracestate'), `${where}.tracestate`),
    attributes: textsOf(link.get('attributes'), `${where}.attributes`),
  };
}

function eventOf(value: Value, where: string): DatadogEvent {
  const event = mapOf(value, where);
  const attributes = new Map<string, string | boolean | bigint | number>();
  for (const [key, attribute] of mapOf(event.get('attributes'), `${where}.attributes`)) {
    const scalar = scalarOf(attribute);
    if (scalar !== undefined) attributes.set(key, scalar);
  }
  return {
    time: integerOf(event.get('time_unix_nano'), `${where}.time_unix_nano`),
    name: textOf(event.get('name'), `${where}.name`),
    attributes,
  };
}

const MEMBERS = ['string_value', 'bool_value', 'int_value', 'double_value'];

/** Returns the value of an attribute, which names its type; a list as a text of JSON. */
function scalarOf(value: Value): string | boolean | bigint | number | undefined {
  if (!isMap(value)) return isScalar(value) ? value : undefined;
  const type = Number(value.get('type') ?? 0);
  const member = MEMBERS[type];
  if (member === undefined) return JSON.stringify(plain(value.get('array_value')));
  const found = value.get(member) ?? ['', false, 0n, 0][type];
  const scalar = found instanceof Uint8Array ? textOf(found, member) : found;
  return isScalar(scalar) ? scalar : undefined;
}

function isScalar(value: unknown): value is string | boolean | bigint | number {
  return ['string', 'boolean', 'bigint', 'number'].includes(typeof value);
}

function plain(array: Value): unknown {
  const values = isMap(array) ? array.get('values') : undefined;
  return isList(values) ? values.map((each) => (typeof each === 'bigint' ? Number(each) : String(scalarOf(each)))) : [];
}

/** Returns a list; an empty one for nothing. */
export function listOf(value: Value, where: string): readonly Value[] {
  if (value === undefined) return [];
  if (isList(value)) return value;
  throw new MalformedSpansError(`${where}: expected a list, got ${shown(value)}`);
}

/** Returns a map; an empty one for nothing. */
export function mapOf(value: Value, where: string): ValueMap {
  if (value === undefined) return new Map();
  if (isMap(value)) return value;
  throw new MalformedSpansError(`${where}: expected a map, got ${shown(value)}`);
}

/** Returns a text; an empty one for nothing. */
export function textOf(value: Value, where: string): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  throw new MalformedSpansError(`${where}: expected a string, got ${shown(value)}`);
}

/** Returns an unsigned integer, which clients also write as a text; 0 for nothing. */
export function idOf(value: Value, where: string): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt.asUintN(64, BigInt(value));
  return BigInt.asUintN(64, integerOf(value, where));
}

/** Returns an integer of 64 bits; 0 for nothing. */
export function integerOf(value: Value, where: string): bigint {
  if (value === undefined) return 0n;
  if (typeof value === 'bigint') return BigInt.asIntN(64, value);
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt.asIntN(64, BigInt(Math.trunc(value)));
  // Unsigned integers above those of 64 bits with a sign.
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt.asIntN(64, BigInt(value));
  throw new MalformedSpansError(`${where}: expected an integer, got ${shown(value)}`);
}

function textsOf(value: Value, where: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [key, text] of mapOf(value, where)) texts.set(key, textOf(text, `${where}[${quoted(key)}]`));
  return texts;
}

function bytesOf(value: Value, where: string): ReadonlyMap<string, Uint8Array> {
  const all = new Map<string, Uint8Array>();
  for (const [key, bytes] of mapOf(value, where)) {
    // JSON has bytes in base64.
    if (bytes instanceof Uint8Array) all.set(key, bytes);
    else all.set(key, Buffer.from(textOf(bytes, `${where}[${quoted(key)}]`), 'base64'));
  }
  return all;
}

function numbersOf(value: Value, where: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [key, number] of mapOf(value, where)) {
    if (typeof number !== 'number' && typeof number !== 'bigint') {
      throw new MalformedSpansError(`${where}[${quoted(key)}]: expected a number, got ${shown(number)}`);
    }
    numbers.set(key, Number(number));
  }
  return numbers;
}

function shown(value: Value): string {
  return isMap(value) ? 'a map' : isList(value) ? 'a list' : quoted(typeof value === 'bigint' ? Number(value) : value);
}
