import { Entry } from '../../operators/entry/entry.ts';
import { isList, type Value, type ValueMap } from '../../ottl/values/value.ts';
import { idOfHalves } from '../../spans/span-id.ts';
import { parseJson } from './decode-traces.ts';
import { integerOf, mapOf, textOf } from './span-values.ts';
import { attributeName, tagAttributes } from './tags.ts';

/** Severities by status, of which Datadog knows those of syslog and some more. */
const SEVERITIES: Readonly<Record<string, number>> = {
  trace: 1,
  verbose: 5,
  debug: 5,
  info: 9,
  informational: 9,
  ok: 9,
  notice: 10,
  warn: 13,
  warning: 13,
  error: 17,
  err: 17,
  critical: 18,
  alert: 19,
  emergency: 21,
  fatal: 21,
};
const NANOS_PER_MILLI = 1_000_000n;
const OWN = ['message', 'status', 'timestamp', 'hostname', 'service', 'ddsource', 'ddtags'];

/** Decodes a request to `/api/v2/logs`: a log or a list of them. Throws a `MalformedSpansError`. */
export function decodeLogs(body: Uint8Array, observedNanos: bigint): readonly Entry[] {
  const parsed = parseJson(body);
  return (isList(parsed) ? parsed : [parsed]).map((log, index) =>
    entryOf(mapOf(log, `[${index}]`), `[${index}]`, observedNanos),
  );
}

function entryOf(log: ValueMap, where: string, observedNanos: bigint): Entry {
  const text = (key: string): string => textOf(log.get(key), `${where}.${key}`);
  const entry = new Entry(log.get('message'), observedNanos);
  const tags = tagAttributes(
    text('ddtags')
      .split(',')
      .map((tag) => tag.trim()),
    text('hostname'),
  );
  if (text('service') !== '') tags.resource.set('service.name', text('service'));
  entry.resource = tags.resource;
  const attributes = tags.item;
  if (text('ddsource') !== '') attributes.set('datadog.log.source', text('ddsource'));
  for (const [key, value] of log) if (!OWN.includes(key)) attributes.set(attributeName(key), value);
  entry.attributes = attributes;
  entry.severityText = text('status');
  entry.severityNumber = SEVERITIES[entry.severityText.toLowerCase()] ?? 0;
  const millis = integerOf(log.get('timestamp'), `${where}.timestamp`);
  if (millis > 0n) entry.timeNanos = BigInt.asIntN(64, millis * NANOS_PER_MILLI);
  entry.traceId = idIn(correlated(log, 'trace_id'), 32);
  entry.spanId = idIn(correlated(log, 'span_id'), 16);
  return entry;
}

/** Returns an ID that a tracer has injected, as `dd.trace_id` or in an object `dd`. */
function correlated(log: ValueMap, key: string): Value {
  const own = log.get('dd');
  return log.get(`dd.${key}`) ?? (own instanceof Map ? own.get(key) : undefined);
}

/** Reads an ID: a decimal number of 64 bits, or hexadecimal digits. */
function idIn(value: Value, digits: 16 | 32): Uint8Array | undefined {
  const text = typeof value === 'bigint' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const isHex = text.length === digits && /^[0-9a-f]+$/i.test(text);
  if (!isHex && !/^\d{1,20}$/.test(text)) return undefined;
  const id = BigInt(isHex ? `0x${text}` : text);
  if (id === 0n) return undefined;
  const low = BigInt.asUintN(64, id);
  return digits === 16 ? idOfHalves(low) : idOfHalves(id >> 64n, low);
}
